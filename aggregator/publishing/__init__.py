"""What the published dataset says about itself: card, licences, citation, data packages. Pure shapes, no file is touched."""
