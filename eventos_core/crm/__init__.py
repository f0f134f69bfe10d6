"""Sales: pipelines and deals, what people do about them, forecast, meetings."""
