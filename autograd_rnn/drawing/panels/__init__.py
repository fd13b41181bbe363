"""Pictures made of pictures, and the net neuron by neuron."""
