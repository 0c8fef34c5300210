"""How power flows as it stands: measured, put together, or bounded, and where that contradicts itself."""
