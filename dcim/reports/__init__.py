"""Reports: figures as a document in no language, then written down as PDF, HTML, CSV and JSON.

figures ─▶ Document ─▶ Sheet in French or English ─▶ PDF, HTML, CSV
              └──────▶ JSON: the claim, language-neutral
"""
