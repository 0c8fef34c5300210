"""The collector: many devices, one poll each as far as the deadline allows."""
