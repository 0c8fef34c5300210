"""A loss, stage by stage, and every single one of a network in short."""
