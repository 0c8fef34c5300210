"""The process in which simulated devices answer, on pysnmp's responder and pymodbus's server."""
