"""The program that checks an exported bundle, in parts that ``dcim.evidence.onefile`` joins to one file.

Plain Python 3.8 and its standard library; nothing of dcim but the other parts. It computes again by its own
code what dcim says, so that an error here and one there would have to be the same to stay unseen.
"""
