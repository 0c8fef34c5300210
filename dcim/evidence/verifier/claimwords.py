"""The sentences of the verifier about claims and what they rest on, in English and in French."""

from __future__ import annotations

OF_CLAIMS = {
    "claim_form": (
        "{file}: not a claim in the known form ({why})",
        "{file} : pas un chiffre en forme connue ({why})",
    ),
    "claim_other": (
        "{count} reports of kind {kind} hold figures that this program does not compute again",
        "{count} rapports de genre {kind} ont des chiffres que ce programme ne recalcule pas",
    ),
    "claim_other_one": (
        "1 report of kind {kind} holds figures that this program does not compute again",
        "1 rapport de genre {kind} a des chiffres que ce programme ne recalcule pas",
    ),
    "fact_body": (
        "fact {sequence}: its body is none of its kind ({why}); figures that need it cannot be computed",
        "fait {sequence} : son corps n'est pas de son genre ({why}) ; les chiffres qui en dépendent ne se calculent pas",
    ),
    "rollup_section": (
        "rollups.ndjson line {line}: no section that belongs to its root ({why})",
        "rollups.ndjson ligne {line} : pas une section qui appartient à sa racine ({why})",
    ),
    "rollup_root": (
        "rollups.ndjson line {line}: no fact recorded this root of hour {hour}",
        "rollups.ndjson ligne {line} : aucun fait n'a noté cette racine de l'heure {hour}",
    ),
    "energy_block": (
        "{file}: version {version} of hour {hour} is not what facts recorded as the newest then",
        "{file} : la version {version} de l'heure {hour} n'est pas la plus récente que les faits notaient alors",
    ),
    "energy_left_out": (
        "{file}: hour {hour} of its period was recorded and is left out",
        "{file} : l'heure {hour} de sa période est notée et laissée de côté",
    ),
    "energy_recorded": (
        "{file}: hour {hour} is said to stand on no roll-up; facts had recorded one by then",
        "{file} : l'heure {hour} est dite sans agrégat ; les faits en notaient un alors",
    ),
    "energy_unproven": (
        "{file}: energy of hours that had no roll-up yet when it was issued: not computed again",
        "{file} : énergie d'heures encore sans agrégat à l'émission : non recalculée",
    ),
    "demand_unproven": (
        "{file}: demand of {tenant} in hours without a roll-up cut at its intervals: not computed again",
        "{file} : puissance appelée de {tenant} en des heures sans agrégat découpé à ses intervalles : non recalculée",
    ),
    "demand_undrawn": (
        "{file}: that the meters of {tenant} are all its supplies is not proven: no drawing of that time is here",
        "{file} : que les compteurs de {tenant} soient toutes ses alimentations n'est pas prouvé : pas de plan d'alors",
    ),
    "demand_supplies": (
        "{file}: the meters of {tenant} are not its supplies, by any drawing of the building that held then",
        "{file} : les compteurs de {tenant} ne sont pas ses alimentations, d'après les plans du bâtiment d'alors",
    ),
    "drawing_name": (
        "{file}: its SHA-256 is {found}, which its name should be: it is not the drawing that was recorded",
        "{file} : son SHA-256 est {found}, qui devrait être son nom : ce n'est pas le plan qui a été noté",
    ),
    "drawing_unrecorded": (
        "{file}: no fact says that the building was drawn so",
        "{file} : aucun fait ne dit que le bâtiment ait été dessiné ainsi",
    ),
    "claim_unissued": (
        "{file}: no fact says that this report was issued",
        "{file} : aucun fait ne dit que ce rapport a été émis",
    ),
    "claim_absent": (
        "fact {sequence}: the report {subject} was issued, its claim {claim} is not in this bundle",
        "fait {sequence} : le rapport {subject} a été émis, ses chiffres {claim} ne sont pas dans ce dossier",
    ),
    "claims_left_out": (
        "{count} reports were issued whose claims the export left out, as MANIFEST.json says",
        "{count} rapports ont été émis dont l'export a laissé de côté les chiffres, comme le dit MANIFEST.json",
    ),
    "claims_left_out_one": (
        "1 report was issued whose claim the export left out, as MANIFEST.json says",
        "1 rapport a été émis dont l'export a laissé de côté les chiffres, comme le dit MANIFEST.json",
    ),
    "claim_name": (
        "{file}: its SHA-256 is {found}, which its name should be",
        "{file} : son SHA-256 est {found}, qui devrait être son nom",
    ),
    "claim_label": (
        "{file}: {what}: the claim says {said}, what it is held against says {found}",
        "{file} : {what} : la déclaration dit {said}, ce à quoi on la compare dit {found}",
    ),
    "issued_subject": (
        "fact {sequence}: its subject {subject} is not the kind, scope and period of its body",
        "fait {sequence} : son sujet {subject} n'est pas le genre, le périmètre et la période de son corps",
    ),
    "claim_left_out": (
        "{file}: answers leave out services that facts put into its scope: {count}, the first is {service}",
        "{file} : des services que les faits mettent dans son périmètre sont sans réponse : {count}, le premier est {service}",
    ),
    "claim_beyond": (
        "{file}: answers are about services that facts put outside its scope: {count}, the first is {service}",
        "{file} : des réponses portent sur des services que les faits mettent hors de son périmètre : {count}, le premier est {service}",
    ),
    "claim_head": (
        "{file}: claims to stand on fact {sequence}, whose hash is another or which is not there",
        "{file} : prétend reposer sur le fait {sequence}, dont l'empreinte est autre ou qui manque",
    ),
    "claim_wrong": (
        "{file}: {what}: the report says {said}, the facts give {found}",
        "{file} : {what} : le rapport dit {said}, les faits donnent {found}",
    ),
    "cannot_meters": (
        "- that the meters of an energy figure are all those of its boundary, or of the part that its report is about, and what a boundary leaves open or a PUE has for a category: the claim names them; hold them against the drawing of the site",
        "- que les compteurs d'un chiffre d'énergie sont tous ceux de sa limite, ou de ce dont parle son rapport, ce qu'une limite laisse ouvert, ni la catégorie d'un PUE : la déclaration les nomme ; à comparer au schéma du site",
    ),
    "cannot_declared": (
        "- of energy claims of version 1: what people declared and what rests on it (WUE, CUE, REF, ERF, CER, the form of (EU) 2024/1364), ratings of parts, and why energy is not known: not computed again",
        "- des chiffres d'énergie de version 1 : ce que des personnes ont déclaré et ce qui en dépend (WUE, CUE, REF, ERF, CER, la fiche (UE) 2024/1364), les calibres, et pourquoi une énergie n'est pas connue : non recalculé",
    ),
    "cannot_true": (
        "- that what people declared is true (volumes, shares, factors, fields of the form, ratings of parts): declarations are only those of the report and, where facts keep the hash of the described configuration, of that",
        "- que ce que des personnes ont déclaré est vrai (volumes, parts, facteurs, champs de la fiche, calibres) : ces déclarations sont seulement celles du rapport et, si des faits gardent l'empreinte de la configuration décrite, de celle-ci",
    ),
    "cannot_clock": (
        "- that the clock of {clock}, by which the hours of a tariff go, stood as a claim says: hold it against the law of the place",
        "- que l'horloge de {clock}, d'après laquelle vont les heures d'un tarif, ait été comme le dit une déclaration : à comparer à la loi du lieu",
    ),
    "parts_undrawn": (
        "{file}: that its tenants, racks and feeds are all there, with all their meters, is not proven: no drawing of that time is here",
        "{file} : que ses clients, baies et voies y soient tous, avec tous leurs compteurs, n'est pas prouvé : pas de plan d'alors",
    ),
    "parts_drawn": (
        "{file}: tenants, racks or feeds are left out, or of other meters than in the drawings of the building that held then: {count}, the first is {first}",
        "{file} : des clients, baies ou voies manquent, ou ont d'autres compteurs que dans les plans du bâtiment d'alors : {count}, d'abord {first}",
    ),
    "tariff_other": (
        "{file}: its tariff is not the one of the configuration whose hash a fact keeps, or is left out",
        "{file} : son tarif n'est pas celui de la configuration dont un fait garde l'empreinte, ou y manque",
    ),
    "declared_unrecorded": (
        "{file}: what it says was declared or subscribed is held against nothing: no fact keeps a hash of it",
        "{file} : ce qu'il dit déclaré ou souscrit n'est comparé à rien : aucun fait n'en garde l'empreinte",
    ),
    "declared_other": (
        "{file}: its declarations are not those of the configuration whose hash a fact keeps",
        "{file} : ses déclarations ne sont pas celles de la configuration dont un fait garde l'empreinte",
    ),
    "subscribed_other": (
        "{file}: the terms of the subscription of {tenant} are not those of the configuration whose hash a fact keeps",
        "{file} : les conditions de la souscription de {tenant} ne sont pas celles de la configuration dont un fait garde l'empreinte",
    ),
    "subscribed_left_out": (
        "{file}: the subscription of {tenant} is left out; the configuration had one, as a fact says",
        "{file} : la souscription de {tenant} est laissée de côté ; la configuration en avait une, comme le dit un fait",
    ),
    "cannot_subscribed": (
        "- that the power, intervals and clause of a subscription are those agreed: hold them against the contract",
        "- que la puissance, les intervalles et la clause d'une souscription sont ceux convenus : à comparer au contrat",
    ),
    "cannot_contract": (
        "- that the terms of a contract in a claim (its name, target, exclusions, notice, coverage, weights, credits) are those agreed: hold them against the contract",
        "- que les conditions d'un contrat dans une déclaration (nom, objectif, exclusions, préavis, couverture, poids, avoirs) sont celles convenues : à comparer au contrat",
    ),
    "cannot_evidence": (
        "- that the facts named beside an outage of several services together are all those behind it: that each is one of them is checked",
        "- que les faits nommés à côté d'une panne de plusieurs services ensemble sont tous ceux qui l'expliquent : que chacun en est un est vérifié",
    ),
    "cannot_period": (
        "- that {file}, which answers until {until} us, is of a period that ends at {end} us as it says: that was not over when it was issued",
        "- que {file}, qui répond jusqu'à {until} µs, est d'une période qui finit à {end} µs comme il le dit : elle n'était pas finie à l'émission",
    ),
    "cannot_extent": (
        "- that {file} answers for every service of its scope: facts do not say, or it changed in the period",
        "- que {file} répond de tout service de son périmètre : les faits ne le disent pas, ou cela a changé dans la période",
    ),
}
