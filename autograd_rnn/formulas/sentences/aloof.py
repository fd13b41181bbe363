"""Sentences that leave every answer of a sheet as it is, though not all of their words are known: they correct nothing, and refer to none.

What may change an answer is said by a correction, an evaluation or a quantity, or of the answer: by its name, by a word for answers and their
parts, by a pronoun or by what points at a place of the sheet. Terms of the field may have such words in them, as `negative log-likelihood`.
"""

from __future__ import annotations

import re

from autograd_rnn.formulas.sentences.words import harmless

LONG, SHORT = 600, 4  # characters of a row that is looked at, words of a sentence


def stems(words: str) -> str:
    """A pattern of words, of which those with a hyphen behind have any ending, and in which `~` is a space."""
    return "|".join(re.sub(r"-$", r"\\w*", word).replace("~", r"\s+") for word in words.split())


FIELD = stems(
    """gradient- derivative- jacobi- loss- cost- softmax cross-entropy entropy logit- score- probabilit- distribution- label- target- class-
    hidden state- output- input- readout layer- cell- unit- neuron- node- edge- graph- network- net memory weight- matri- bias- parameter-
    vector- tanh activation- pre-activation- preactivation- nonlinear- non-linear- chain rule- backprop- recurr- recursion step- time-
    sequence- sentence- future successor- copy copies variable- dimension- shape- column- connection- arrow- path- signal- error- classifier
    prediction- predict- model- calculus computation message- contribution- summand- contribut- perturbation slope-
    ableitung- verlust- kosten- kreuzentropie wahrscheinlichkeit- ziel- zustand- zustände- ausgabe- eingabe- schicht- zelle- knoten kante- netz-
    gedächtnis gewicht- voraktivierung- aktivierung- kettenregel zeit- folge schritt- zukunft fehler- logarithm- komponent- vektor- beitr-
    dérivé- perte coût entropie probabilité- cible état- sortie- entrée- couche- cellule- nœud- noeud- graphe réseau- mémoire poids biais
    matrice- paramètre- vecteur- chaîne règle récurren- instant- temps étape- pas séquence futur scores jacobien- linéarité"""
)
NEUTRAL = frozenset(  # words of grammar that leave an equation as it is, where they stand in a sentence
    """one other both over up down add adds some same very about two three second left right small different few up down out
    additional zero tanh before after steht sie rechts links immer sich sehr vor bei am an auf um se très quand toujours faire
    verschiedene gleichen zwei drei zweite chaque autre gauche droite même""".split()
)
TERM = re.compile(  # words of corrections and quantities within a term of the field, and in what only leads to a sentence
    rf"(?<![\w-])(?:negative[mnrs]?\s+log[\w-]*|log-likelihood|(?:forget|reset)\s+gate\w*|porte\s+d'oubli|revers\w+(?:-|\s+)(?:mode|order|time|"
    rf"topological|direction)\w*|in\s+reverse|(?:true|correct|right|wrong)\s+(?:class|label|token|word|symbol)|nothing\s+but|not\s+only|"
    rf"(?:and|und)\s+(?:so\s+(?:on|weiter)|on\s+the\s+other\s+hand)|transposed?\s+(?:{stems('weight- matri- activation-')})|"
    rf"(?:{FIELD}|one)\s+minus\s+(?=(?:its|the|one|{FIELD})\b)|c'est\s+(?:pourquoi|là\s+que)|"
    rf"(?:that|this)(?:'s|\s+is)\s+(?:why|how|where|because|when)|"
    rf"read(?:ing)?\s+off|as\s+if\s+(?:it|they)\s+were|(?:T|n|many|several|three|two)\s+times|cross-?\s?entropy|entropie\s+croisée|"
    rf"(?:exercise|problem|task|aufgabe|question|step|sheet|week|part|lecture|chapter|section|slide|assignment|blatt|teil|partie|exercice)\s+"
    rf"\d+(?:\.\d+)*|[⊙∘*]\s+(?:is|denotes|means|stands\s+for)\s+the\s+(?:elementwise|element-wise|hadamard)\s+product)(?![\w-])",
    re.IGNORECASE,
)
CHANGES = re.compile(  # what corrects, withdraws, evaluates, scales, supposes or quotes
    r"(?<![\w-])(?:"
    + stems(
        """wrong- incorrect- false falsely falsif- mistak- erron- errat- typo- bug bugs buggy blunder- correct- fixed fixing ignor- disregard- neglect- omit-
    omission- skip- scratch- scrap- strike- struck crossed cross~out delet- remov- eras- void- invalid- obsolet- outdated deprecat- supersed- withdr- retract-
    revok- take~back took~back taken~back (?:take|took)~(?:this|that|it)~back back~of discard- reject- draft- version- attempt- guess- kidding jok- fool- lie
    lies lied fake- nonsens- rubbish garbage trash bogus bullshit crap junk silly stupid dumb absurd fishy dubious suspicious haywire botch- mess messed
    confus- mix~up mixed~up forg- miss missing misses missed lack- lost sign signs signed flip- swap- exchang- interchang- revers- invert- invers- opposite
    negat- minus plus transpos- twice doubl- half halv- tripl- thrice quarter times factor~of factor~\\d divid- averag- mean meant maximis- maximiz- ascent
    descent modulo up~to approximat- roughly almost nearly instead rather should shouldn't must ought suppos- assum- imagin- pretend- hypothe- would
    wouldn't could couldn't might were may maybe perhaps probably possibl- naive- tempting allegedly supposedly claims claimed believe believed trust-
    doubt- unsure sure uncertain- told says thinks wrote chatgpt my~neighbo- friend- forum somebody someone people tutor copied copying please sorry oops hmm
    nope wait alas unfortunately sadly damn off scal- rescal- normalis- normaliz- clip- truncat- mask masks masked detach- drop- subtract- replac-
    substitut- insert- edit- adjust- updated shift- dot~product inner~product matrix~product relu square squared cube- equal- identical- convention-
    orientation stand stands denot- symbol- quotation hold~on never~mind count counts grade- grading cancel- counterexampl- contrary other~way
    other~side other~hand better worse common~error- typical~error- source- back~to
    falsch- unrichtig- inkorrekt- fehlt fehlen fehlend- fehlerhaft- korrektur- korrigier- berichtig- ignorier- streich- gestrichen- lösch- ungültig-
    verworfen- verwerf- nehme quatsch unsinn- murks schrott käse blödsinn mist vertan verrechnet vertausch- verwechsel- vergess- vergiss vorzeichen
    umgekehrt- umgedreht- umdreh- umzudreh- gegenteil negativ- negier- transponier- doppel- zweimal halb- hälfte drittel mal geteilt teilen dividier-
    mittel- durchschnitt- näherung- ungefähr fast beinahe statt anstatt sollte- müsst- müßt- angenommen annahme annehmen nehmen~wir hätte- wäre- könnte-
    würde- vielleicht eventuell vermut- wohl behaupt- geraten rate unsicher entwurf- version- versuch- bitte leider hoppla nein ach doch eigentlich stimmt
    gehört minus plus faktor~\\d skalier- verschieb- verschob- verrutsch- ersetz- änder- konvention- bezeichne- gleich faktoren nachbar- kollege- freund
    scherz- häufig-
    faux fausse- faussement erreur~fréq- erroné- tromp- oubli- manqu- efface- barrer barré- ratur- annul- nul nulle brouillon- bêtise- n'importe bidon
    foireux raté- signe- opposé- contraire négati- moins moitié- demi- tiers fois divis- moyenne- environ approxim- presque près lieu plutôt
    devrai- devrait doit doivent aurai- serai- pourrai- peut-être prétend- voisin- copi- confond- permut- retir- revenir reviens zut non
    malheureusement désolé- corrig- notez noter comptez compter égal- croi- jure fréquent-"""
    )
    + r")(?![\w-])",
    re.IGNORECASE,
)
POINTS = re.compile(  # answers, their parts and places of the sheet; pronouns that begin a sentence
    r"(?<![\w-])(?:"
    + stems(
        """answer- solution- equation- formula formulas formulae result- expression- line lines term terms factor- the~sums?(?!\\s+of) sums summation- side
    index indices rows sheet page notation- submission above below previous~one following~one next~one last~one these~two all~of these this~one
    that~one the~following as~follows myself my~own antwort- lösung- gleichung- formel- ergebnis- ausdruck ausdrücke- zeile- term terme- faktor- summe-
    indizes seite blatt oben(?!\\s+und) unten obig- obere- untere- folgende- davor réponse- équation- formule- résultat- ligne- terme- facteur- indice-
    feuille ci-dessus ci-dessous suivante- précédent- tout rien (?:every|any|no)thing(?!\\s+(?:that|which)) alles all~this neither none both~are thing"""
    )
    + r")(?![\w-])|"
    r"^\W*(?:(?:and|but|so|then|now|well|yet|und|aber|et|mais|or|donc)\s+)?(?:(?:this|that|it|these|those|they|which|such|(?:das|dies\w*)(?-i:(?=\s+[a-zäöü]))|es|ce|c|c'\w+|cela|ceci|"
    r"ça|ces|ils|elles?|mine)(?:'\w+)?\b(?!\s+(?:faut|y\s+a)))",
    re.IGNORECASE,
)
RESTRICTS = re.compile(
    r"(?<![\w-])(?:"
    + stems(
        """not n't no never nothing none neither nor cannot without except- exclud- only just merely unless if whether but however although though unlike than
    larger smaller bigger actually really more less most fewer too alone nicht kein- nie niemals nichts ohne außer ausser nur bloß bloss wenn falls
    sondern mehr weniger als ausnahme ne n pas~de jamais sans sauf seulement que uniquement si excepté hors n'\\w+"""
    )
    + r"|\w+n't)(?![\w-])",
    re.IGNORECASE,
)
SOFT = re.compile(r"(?<![\w-])(?:gradient\w*|derivative\w*|ableitung\w*|dérivée\w*|errors?|fehler|erreurs?)(?![\w-])", re.IGNORECASE)
IS = re.compile(
    r"(?<![\w-])(?:is|are|was|looks?|seems?|went|goes|got|gets|comes?|ist|sind|war|sieht|est|sont|était|semble)\s+(?:(?:a|an|the|so|very|just|"
    r"ein\w*|une?|le|la)\s+)*([^\W\d_]+)",
    re.IGNORECASE,
)
CONDITION = re.compile(r"\W*(?:for|in|at|with|over|if|when|under|on|as|für|bei|wenn|mit|pour|si|avec|dans|en|à|sous)\b", re.IGNORECASE)
LEADS = re.compile(
    r"\b(?:find|get|obtain|have|gives?|yields?|to|is|are|therefore|thus|hence|so|that|by|says|reads|gilt|ist|folgt|donne|que|est|a|donc|also)$"
)
STEP = re.compile(r"step|time|same|schritt|zeit|pas\b|instant|temps|even|odd|old|claim|want|sought|gesucht|goal|\bis\b", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*(?![\w^\[{(])")
NAME = re.compile(r"(?<![\w.])(?:[dδ∂]?[A-Za-zσδ](?:_\w+|_?\{[\w+-]+\}|\[[\w+-]+\])+|(?!I\b|a\b|A\b|à\b|À\b|y\b)[A-Za-z])(?![\w'(])")
MEANS = re.compile(rf"(?:{NAME.pattern}|\bd|['^*⊙∘·]\S*)\s+(?:here\s+|now\s+|really\s+)?(?:is|are|be|means?|denotes?|ist|sind|bezeichnet|est|sont|désigne|for|:)(?!\w)(?!\s+(?:used|shared|needed))")
SIGNS = re.compile(r"[=+*/<>≤≥^~|@⊙∘×·−✗✘❌?\\\[\]{}_#&%]|\d|(?<![^\W_])-|-(?![^\W_])")


def sentences(row: str) -> list[str]:
    """The sentences of a row, each with what ends it and a capital letter.

    >>> sentences("Reason: the net is deep. See e.g. the book")
    ['Reason:', 'The net is deep.', 'See e.g. the book']
    """
    row = re.sub(r"\\(?:text\w*|emph|(?:sub)*(?:section|paragraph))\*?\s*\{([^{}]*)\}?", r"\1", row).replace("**", "").replace("\\tanh", "tanh")
    found: list[str] = []
    for part in re.split(r"(?<=[.!:;])\s+", row.strip(" }")):
        if found and found[-1][-1:] == "." and not part[:1].isupper():
            found[-1] += f" {part}"
        else:
            found.append(part[:1].upper() + part[1:] if found else part)
    return found


def aloof(said: str) -> bool:
    """Whether a sentence refers to no answer and changes none, whatever it is about.

    >>> [aloof(said) for said in ("A cell hands its state to two customers.", "The negative log-likelihood punishes surprising labels.")]
    [True, True]
    >>> [aloof(said) for said in ("This is bogus.", "bogus weights", "The minus of the loss got lost.", "The formula for the bias is a lie.")]
    [False, False, False, False]
    """
    text = said.strip().replace("’", "'").rstrip("\"”»")
    ends = text[-1:]
    text = TERM.sub(" weight ", NAME.sub(" ", text))
    if len(text) > LONG or MEANS.search(said) or SIGNS.search(re.sub(r"(?<=\w)-(?=\w)|\s[-–—]+\s", " ", text)) or CHANGES.search(text) or POINTS.search(text):
        return False
    words = [found[0].casefold() for found in WORD.finditer(text)]
    unknown = [word for word in words if word not in NEUTRAL and not all(harmless(part, 9) for part in word.split("'") if part)]
    soft, restricts = SOFT.search(text), RESTRICTS.search(text)
    whole = re.match(r"[\"'«„“]?[A-ZÄÖÜÉÀÊÇ]", text) and (ends in ".:!,;" or LEADS.search(text))
    if not unknown and not restricts and words and (whole and len(words) >= SHORT or ends == ":" and not STEP.search(text)):
        return not CONDITION.match(text)
    if not whole:
        return False
    if len(words) < SHORT or not re.search(rf"(?<![\w-])(?:{FIELD})(?![\w-])", text, re.IGNORECASE) or 2 * len(unknown) > len(words):
        return False
    if restricts and (soft or ends != "." or not text[: restricts.start()].strip()):
        return False
    if soft and ends != ":" and unknown:
        return not any(found[1].casefold() in unknown for found in IS.finditer(text, soft.start())) and words[-1] not in unknown
    return True
