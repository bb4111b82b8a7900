"""Who trades and where: organisations, locations, groups, channels, and the places orders go to."""
