"""What a Modbus profile says, checked: registers, where they stand, and how they are read."""
