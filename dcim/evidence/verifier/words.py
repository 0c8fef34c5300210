"""Every sentence of the verifier, in English and in French."""

from __future__ import annotations

from dcim.evidence.verifier.claimwords import OF_CLAIMS

WORDS = {
    **OF_CLAIMS,
    "more": ("and {count} more", "et {count} de plus"),
    "manifest": (
        "MANIFEST.json: this is no exported bundle: {why}",
        "MANIFEST.json : ceci n'est pas un dossier exporté : {why}",
    ),
    "manifest_signature": (
        "MANIFEST.sig.json: the signature is not of MANIFEST.json and a key of this chain",
        "MANIFEST.sig.json : la signature n'est pas celle de MANIFEST.json par une clé de cette chaîne",
    ),
    "manifest_nobody": (
        "MANIFEST.sig.json: signed by key {key}, for which no key that you kept vouches",
        "MANIFEST.sig.json : signé par la clé {key}, dont aucune clé que vous avez gardée ne répond",
    ),
    "manifest_unsigned": (
        "MANIFEST.sig.json is not there: nothing says that the site wrote MANIFEST.json, and so the claims",
        "MANIFEST.sig.json manque : rien ne dit que le site a écrit MANIFEST.json, ni donc les chiffres",
    ),
    "manifest_end": (
        "facts.ndjson ends at fact {found}, MANIFEST.json says {said}",
        "facts.ndjson finit au fait {found}, MANIFEST.json dit {said}",
    ),
    "file_name": (
        "MANIFEST.json names {file}: no name of a file of a bundle; not read",
        "MANIFEST.json nomme {file} : ce n'est pas un nom de fichier d'un dossier ; non lu",
    ),
    "file_missing": (
        "{file}: named in MANIFEST.json, not there",
        "{file} : nommé dans MANIFEST.json, absent",
    ),
    "file_extra": (
        "{file}: there, not named in MANIFEST.json",
        "{file} : présent, non nommé dans MANIFEST.json",
    ),
    "file_kind": (
        "{file}: not a plain file (a link, a folder, a device); not read",
        "{file} : pas un simple fichier (lien, dossier, périphérique) ; non lu",
    ),
    "file_large": ("{file}: too large to be read", "{file} : trop grand pour être lu"),
    "line_long": (
        "{file}: a line is longer than any that dcim writes; the rest is not read",
        "{file} : une ligne est plus longue que toute ligne de dcim ; la suite n'est pas lue",
    ),
    "file_changed": (
        "{file}: not the bytes whose SHA-256 MANIFEST.json names",
        "{file} : pas les octets dont MANIFEST.json donne le SHA-256",
    ),
    "file_json": ("{file}: not canonical JSON: {why}", "{file} : pas du JSON canonique : {why}"),
    "unreadable": (
        "facts.ndjson line {line}: no fact in canonical form ({why})",
        "facts.ndjson ligne {line} : pas un fait en forme canonique ({why})",
    ),
    "first": (
        "fact 1 continues something: it is not where a chain begins",
        "le fait 1 continue quelque chose : une chaîne ne commence pas ainsi",
    ),
    "missing": ("facts {first} to {last} are not there", "les faits {first} à {last} manquent"),
    "repeated": ("fact {sequence} stands twice", "le fait {sequence} figure deux fois"),
    "reordered": ("fact {sequence} comes after fact {last}", "le fait {sequence} vient après le fait {last}"),
    "unlinked": (
        "fact {sequence} does not continue fact {last}: one of the two was altered",
        "le fait {sequence} ne continue pas le fait {last} : l'un des deux a été modifié",
    ),
    "foreign": (
        "facts.ndjson line {line}: the fact belongs to {found}, not to {said}",
        "facts.ndjson ligne {line} : le fait appartient à {found}, pas à {said}",
    ),
    "epoch": (
        "fact {sequence}: epoch {found} after {last}: a daemon that had been replaced wrote",
        "fait {sequence} : époque {found} après {last} : un démon remplacé a écrit",
    ),
    "empty": ("facts.ndjson holds no fact", "facts.ndjson ne contient aucun fait"),
    "head_unreadable": (
        "heads.ndjson line {line}: no signed head ({why})",
        "heads.ndjson ligne {line} : pas une tête signée ({why})",
    ),
    "head_rewritten": (
        "fact {sequence}: a signed head names another hash, epoch or chain than the fact has",
        "fait {sequence} : une tête signée nomme une autre empreinte, époque ou chaîne que celles du fait",
    ),
    "head_missing": (
        "fact {sequence}: a signed head stands here, the fact does not",
        "fait {sequence} : une tête signée est ici, le fait n'y est pas",
    ),
    "head_cut": (
        "fact {sequence}: a signed head stands here, but the facts end at {end}",
        "fait {sequence} : une tête signée est ici, mais les faits finissent à {end}",
    ),
    "head_key": (
        "fact {sequence}: the head is signed by key {key}, which was not in force",
        "fait {sequence} : la tête est signée par la clé {key}, qui n'était pas en vigueur",
    ),
    "head_at": (
        "fact {sequence}: the head says that it was signed at {said} (microseconds UTC), its fact is of {found}",
        "fait {sequence} : la tête se dit signée à {said} (microsecondes UTC), son fait est de {found}",
    ),
    "head_signature": (
        "fact {sequence}: the signature of the head is not of its key",
        "fait {sequence} : la signature de la tête n'est pas celle de sa clé",
    ),
    "key_fact": (
        "fact {sequence}: names no public key of its subject",
        "fait {sequence} : ne nomme pas de clé publique de son sujet",
    ),
    "key_follows": (
        "fact {sequence}: follows another key than the one in force",
        "fait {sequence} : suit une autre clé que celle en vigueur",
    ),
    "key_self": (
        "fact {sequence}: the new key did not sign that it begins here",
        "fait {sequence} : la nouvelle clé n'a pas signé son début",
    ),
    "key_before": (
        "fact {sequence}: the key before did not sign the new one",
        "fait {sequence} : la clé précédente n'a pas signé la nouvelle",
    ),
    "key_many": ("more than {most} keys: not read", "plus de {most} clés : non lu"),
    "key_nobody": (
        "fact {sequence}: nobody vouched for key {key}, which signed heads up to here",
        "fait {sequence} : personne n'a répondu de la clé {key}, qui a signé des têtes jusqu'ici",
    ),
    "key_none": (
        "a key was given, but no head of this bundle is signed",
        "une clé a été donnée, mais aucune tête de ce dossier n'est signée",
    ),
    "keys_file": (
        "keys.json: not the keys of the facts",
        "keys.json : pas les clés des faits",
    ),
    "kept_cut": (
        "the head you kept stands at fact {sequence}, but the facts end at {end}: the end was cut off",
        "la tête que vous avez gardée est au fait {sequence}, mais les faits finissent à {end} : la fin est coupée",
    ),
    "kept_rewritten": (
        "fact {sequence} is not the one of the head you kept: the chain was rewritten",
        "le fait {sequence} n'est pas celui de la tête que vous avez gardée : la chaîne a été réécrite",
    ),
    "stamp_form": (
        "fact {sequence}: holds no time stamp that can be read ({why})",
        "fait {sequence} : ne contient pas d'horodatage lisible ({why})",
    ),
    "stamp_other": (
        "fact {sequence}: the time stamp is of something else than the head at fact {head}",
        "fait {sequence} : l'horodatage est celui d'autre chose que la tête au fait {head}",
    ),
    "stamp_signature": (
        "fact {sequence}: openssl does not find that an authority of --tsa signed the time stamp of {time}",
        "fait {sequence} : openssl ne trouve pas qu'une autorité de --tsa a signé l'horodatage du {time}",
    ),
    "stamps_none": (
        "--tsa was given, but this bundle holds no time stamp",
        "--tsa est donné, mais ce dossier ne contient aucun horodatage",
    ),
    "done_facts": (
        "{facts} facts read; {heads} signed heads, of which {checked} signatures were checked; {claims} claims computed again",
        "{facts} faits lus ; {heads} têtes signées, dont {checked} signatures vérifiées ; {claims} chiffres recalculés",
    ),
    "head_is": ("the facts end at head {head}", "les faits finissent à la tête {head}"),
    "stamps": (
        "{count} time stamps, the last of {url}: the facts up to {first} were there at {first_time}, those up to {last} at {last_time}; from a head to its stamp at most {late} s",
        "{count} horodatages, le dernier de {url} : les faits jusqu'à {first} existaient le {first_time}, ceux jusqu'à {last} le {last_time} ; d'une tête à son horodatage {late} s au plus",
    ),
    "stamps_one": (
        "1 time stamp, of {url}: the facts up to {last} were there at {last_time}; from its head to it at most {late} s",
        "1 horodatage, de {url} : les faits jusqu'à {last} existaient le {last_time} ; de sa tête à lui {late} s au plus",
    ),
    "stamps_checked": (
        "of {checked} of them openssl checked that an authority of --tsa signed, the first and the last among them",
        "pour {checked} d'entre eux openssl a vérifié qu'une autorité de --tsa a signé, dont le premier et le dernier",
    ),
    "holds": ("THE BUNDLE HOLDS", "LE DOSSIER TIENT"),
    "replayed": (
        "THIS IS A REPLAY of the recording {recording!r}, with its own rules: it is not the record of a site",
        "CECI EST UN REJEU de l'enregistrement {recording!r}, avec ses propres règles : ce n'est pas le registre d'un site",
    ),
    "replayed_with": (
        "THIS IS A REPLAY of the recording {recording!r}, with the rules of {rules}: it is not the record of a site",
        "CECI EST UN REJEU de l'enregistrement {recording!r}, avec les règles de {rules} : ce n'est pas le registre d'un site",
    ),
    "of_a_replay": (
        "CONSISTENT, OF A REPLAY: it proves nothing of a site",
        "COHÉRENT, D'UN REJEU : il ne prouve rien d'un site",
    ),
    "unchecked": (
        "CONSISTENT, SIGNER NOT CHECKED: give --key or --head, kept elsewhere before",
        "COHÉRENT, SIGNATAIRE NON VÉRIFIÉ : donner --key ou --head, gardés ailleurs auparavant",
    ),
    "unsigned": (
        "CONSISTENT, MANIFEST NOT SIGNED: it was exported without the private key; facts may be vouched for, claims are not",
        "COHÉRENT, MANIFESTE NON SIGNÉ : exporté sans la clé privée ; les faits peuvent être attestés, pas les chiffres",
    ),
    "unvouched_signer": (
        "CONSISTENT, SIGNER OF THE MANIFEST NOT VOUCHED FOR: key {key} is in no fact up to the head you kept: give --key, or a newer --head",
        "COHÉRENT, SIGNATAIRE DU MANIFESTE NON ATTESTÉ : la clé {key} n'est dans aucun fait jusqu'à la tête gardée : donner --key, ou une --head plus récente",
    ),
    "unvouched_claims": (
        "CONSISTENT, CLAIMS NOT VOUCHED FOR: they were issued up to fact {last}, heads vouch for facts up to {covered}",
        "COHÉRENT, CHIFFRES NON ATTESTÉS : émis jusqu'au fait {last}, les têtes n'attestent que les faits jusqu'à {covered}",
    ),
    "wrong": ("SOMETHING IS WRONG: {count} findings", "QUELQUE CHOSE NE VA PAS : {count} constats"),
    "wrong_one": ("SOMETHING IS WRONG: 1 finding", "QUELQUE CHOSE NE VA PAS : 1 constat"),
    "cannot": ("What this does not prove:", "Ce que ceci ne prouve pas :"),
    "cannot_sensors": (
        "- that the sensors and devices told the truth; only that what they said was not changed afterwards",
        "- que les capteurs et appareils ont dit vrai ; seulement que ce qu'ils ont dit n'a pas été modifié ensuite",
    ),
    "cannot_holder": (
        "- that whoever holds the private key did not write something else: only a head kept elsewhere shows that",
        "- que le détenteur de la clé privée n'a pas écrit autre chose : seule une tête gardée ailleurs le montre",
    ),
    "cannot_before": (
        "- that facts 1 to {first} were not rewritten before the first head was signed",
        "- que les faits 1 à {first} n'ont pas été réécrits avant que la première tête ne soit signée",
    ),
    "cannot_after": (
        "- that facts {first} to {last} are those that were written: no signed or kept head covers them",
        "- que les faits {first} à {last} sont ceux qui ont été écrits : aucune tête signée ou gardée ne les couvre",
    ),
    "cannot_end": (
        "- that nothing was written after fact {last}: keep heads elsewhere and give the newest with --head",
        "- que rien n'a été écrit après le fait {last} : gardez des têtes ailleurs et donnez la plus récente avec --head",
    ),
    "cannot_manifest": (
        "- that claims and other files are those of the site: MANIFEST.json is not signed",
        "- que les chiffres et autres fichiers sont ceux du site : MANIFEST.json n'est pas signé",
    ),
    "cannot_manifest_key": (
        "- who signed MANIFEST.json: its key was not vouched for",
        "- qui a signé MANIFEST.json : personne n'a répondu de sa clé",
    ),
    "cannot_stamps": (
        "- that the authority signed the time stamps: give its certificates (PEM) with --tsa",
        "- que l'autorité a signé les horodatages : donner ses certificats (PEM) avec --tsa",
    ),
    "cannot_all": (
        "- {unchecked} signatures of heads in between (--all checks them): later heads cover the same facts",
        "- {unchecked} signatures de têtes intermédiaires (--all les vérifie) : des têtes suivantes couvrent ces faits",
    ),
    "usage": (
        "verify.py DIR [--key FILE|HEX]... [--head 'site chain epoch sequence hash']... [--lang fr|en] [--tsa FILE] [--all] [--openssl]",
        "verify.py DIR [--key FICHIER|HEX]... [--head 'site chaîne époque numéro empreinte']... [--lang fr|en] [--tsa FICHIER] [--all] [--openssl]",
    ),
    "usage_key": (
        "--key {key}: no Ed25519 public key ({why})",
        "--key {key} : pas une clé publique Ed25519 ({why})",
    ),
    "usage_tsa": (
        "--tsa {file}: no file of certificates (PEM), or no openssl here ({why})",
        "--tsa {file} : pas un fichier de certificats (PEM), ou pas d'openssl ici ({why})",
    ),
    "usage_head": (
        "--head {head}: expected 'site chain epoch sequence hash'",
        "--head {head} : attendu 'site chaîne époque numéro empreinte'",
    ),
}

REASONS = {
    "form": ("form", "forme"),
    "previous": ("previous hash", "empreinte précédente"),
    "files?": ("it names no files", "il ne nomme pas de fichiers"),
    "not JSON": ("not JSON", "pas du JSON"),
    "not canonical JSON": ("not canonical JSON", "pas du JSON canonique"),
    "not an object": ("not an object", "pas un objet"),
    "not a text": ("not a text", "pas un texte"),
    "integer > 2**53 - 1": ("integer > 2**53 - 1", "entier > 2**53 - 1"),
    "depth > 32": ("nested deeper than 32", "imbriqué sur plus de 32 niveaux"),
    "UTF-8": ("not UTF-8", "pas de l'UTF-8"),
    "DER": ("not a token after RFC 3161", "pas un jeton selon RFC 3161"),
    "SHA-256": ("not of a SHA-256", "pas d'un SHA-256"),
    "time": ("no time", "pas une heure"),
    "order": ("out of order", "pas dans l'ordre"),
    "keys": ("other keys than it has", "d'autres clés que les siennes"),
    "types": ("a value is of another type", "une valeur est d'un autre type"),
    "hex": ("no hexadecimal digits", "pas de chiffres hexadécimaux"),
    "claim": ("no claim of a known version", "pas un chiffre d'une version connue"),
    "period": ("no period", "pas une période"),
    "KeyError": ("something is missing", "il manque quelque chose"),
    "ValueError": ("a value is not what it should be", "une valeur n'est pas ce qu'elle devrait être"),
    "TypeError": ("a value is of another type", "une valeur est d'un autre type"),
    "AttributeError": ("a value is of another type", "une valeur est d'un autre type"),
    "IndexError": ("something is missing", "il manque quelque chose"),
    "OverflowError": ("a number is too large", "un nombre est trop grand"),
    "ZeroDivisionError": ("a number is 0", "un nombre vaut 0"),
}
"""Why something could not be read, as the parts that read it say so to each other."""
