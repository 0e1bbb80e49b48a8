"""An invented territory between Drôme and Ardèche: its farms, shops and people, and the loader that settles them."""
