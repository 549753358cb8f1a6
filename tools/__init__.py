"""Programs that write committed files of this repository anew."""
