"""When it is sold, who bought, how it is paid and handed over."""
