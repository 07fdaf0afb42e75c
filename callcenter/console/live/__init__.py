"""坐席台, its live side: what every desk sees, and what an agent asks for."""
