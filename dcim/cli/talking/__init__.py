"""What every command needs: to ask the daemon, read what a stopped one left, print for who reads."""
