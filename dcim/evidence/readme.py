"""``README.txt`` of a bundle: for an auditor who knows nothing of dcim, in French and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcim.model import legible

README: Final = """\
DOSSIER DE PREUVE DU REGISTRE (français ; English below)
========================================================

Ce dossier contient tout ce que le registre de dcim a noté du site, depuis le premier fait, et de quoi le vérifier
sans faire confiance à celui qui vous l'a remis. Il faut Python 3.8 ou plus récent, rien d'autre.

  python3 verify.py . --lang fr --key CLE.pub --head 'site chaine epoque numero empreinte'

CLE.pub (ou la clé en hexadécimal) et la tête sont ceux que vous avez reçus et gardés AUPARAVANT, par un autre
chemin : courriel, papier, fichier sur une autre machine. Sans eux, le programme vérifie que le dossier est cohérent,
mais celui qui a tout recalculé avec sa propre clé ne se verrait pas : le programme le dit et sort avec 2.

Codes de sortie : 0 le dossier tient ; 1 quelque chose ne va pas (chaque constat est imprimé) ; 2 cohérent,
signataire non vérifié.

  facts.ndjson    un fait par ligne ; l'empreinte SHA-256 d'une ligne (sans fin de ligne) est dans « previous » de
                  la suivante : sed -n 7p facts.ndjson | tr -d '\\n' | sha256sum
  heads.ndjson    les têtes de la chaîne, signées (Ed25519)
  keys.json       les clés publiques, et le fait où chacune commence
  claims/         ce que les rapports affirment ; verify.py le recalcule à partir des faits
  site/           le plan du bâtiment, où des alimentations d'un locataire sont déclarées ; son empreinte est un fait
  rollups.ndjson  résumés horaires des mesures, chacun avec le chemin vers la racine notée dans un fait (s'il y en a)
  MANIFEST.json   le SHA-256 de chaque fichier ; MANIFEST.sig.json sa signature
  verify.py       le programme ; comparez-le à celui d'une autre source : « dcim ledger verifier »

Personne ne peut prouver qu'un capteur a dit vrai. Les personnes figurent sous pseudonyme ; leurs noms n'y sont pas.


EVIDENCE BUNDLE OF THE LEDGER (English)
=======================================

This folder holds everything that the ledger of dcim recorded of the site, from the first fact on, and what it takes
to check it without trusting whoever handed it to you. It needs Python 3.8 or later and nothing else.

  python3 verify.py . --key KEY.pub --head 'site chain epoch sequence hash'

KEY.pub (or the key as hex) and the head are those that you were given and kept BEFORE, by another way: a mail, a
sheet of paper, a file on another machine. Without them the program checks that the bundle agrees with itself, but
somebody who computed all of it anew with a key of his own would not show: it says so and exits with 2.

Exit codes: 0 the bundle holds; 1 something is wrong (every finding is printed); 2 consistent, signer not checked.

  facts.ndjson    one fact a line; the SHA-256 of a line (without its end) is the "previous" of the next one:
                  sed -n 7p facts.ndjson | tr -d '\\n' | sha256sum
  heads.ndjson    where the chain ended, signed (Ed25519)
  keys.json       the public keys, and the fact with which each begins
  claims/         what reports claim; verify.py computes it again from the facts
  site/           the drawing of the building, where supplies of a tenant are claimed; its hash is a fact
  rollups.ndjson  readings by the hour, each with the path to the root that a fact recorded (if there are any)
  MANIFEST.json   the SHA-256 of every file; MANIFEST.sig.json its signature
  verify.py       the program; compare it with one from elsewhere: "dcim ledger verifier"

Nobody can prove that a sensor told the truth. People stand here as pseudonyms; their names do not.
"""

_REPLAYED: Final = """\
CECI EST UN REJEU, PAS LE REGISTRE D'UN SITE : de l'enregistrement {recording}, avec les règles de {french}.
THIS IS A REPLAY, NOT THE RECORD OF A SITE: of the recording {recording}, with the rules of {english}.


"""


def readme(replay: Mapping[str, str] | None) -> str:
    """Return the text; ``replay``: which recording and rules the ledger is a replay of and with."""
    if replay is None:
        return README
    own = "l'enregistrement", "the recording"
    french, english = (replay["rules"] or one for one in own)
    return (
        _REPLAYED.format(
            recording=legible(replay["recording"]), french=legible(french), english=legible(english)
        )
        + README
    )
