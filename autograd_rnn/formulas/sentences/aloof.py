"""Sentences that leave every answer of a sheet as it is, though not all of their words are known: they correct nothing, and refer to none.

What may change an answer is said by a correction, an evaluation or a quantity, or of the answer: by its name, by a word for answers and
their parts, by a pronoun or by what points at a place of the sheet. Terms of the field may have such words, as `negative log-likelihood`.
"""

from __future__ import annotations

import re

from autograd_rnn.formulas.sentences.harmless import PHRASES
from autograd_rnn.formulas.sentences.words import harmless

LONG, SHORT = 600, 4  # characters of a row that is looked at, words of a sentence


def stems(words: str) -> str:
    """A pattern of words, of which those with a hyphen behind have any ending, and in which `~` is a space."""
    return "|".join(re.sub(r"-$", r"\\w*", word).replace("~", r"\s+") for word in words.split())


FIELD = stems(
    """gradient- derivative- jacobi- loss- cost- softmax cross-entropy entropy logit- score- probabilit- distribution- label- target-
    class- hidden state- output- input- readout layer- cell- unit- neuron- node- edge- graph- network- net memory weight- matri-
    bias- parameter- vector- tanh activation- pre-activation- preactivation- nonlinear- non-linear- chain rule- backprop- recurr-
    recursion step- time- sequence- sentence- future successor- copy copies variable- dimension- shape- column- connection- arrow-
    path- signal- error- classifier prediction- predict- vorhersage- wahrheit prédiction- model- calculus computation message-
    contribution- summand- contribut- perturbation slope- notation ableitung- verlust- kosten- kreuzentropie wahrscheinlichkeit-
    ziel- zustand- zustände- ausgabe- eingabe- eingang- ausgang- schicht- zelle- knoten kante- netz- gedächtnis gewicht-
    voraktivierung- aktivierung- kettenregel zeit- folge schritt- zukunft fehler- logarithm- komponent- vektor- beitr- dérivé-
    perte coût entropie probabilité- cible état- sortie- entrée- couche- cellule- nœud- noeud- graphe réseau- mémoire poids biais
    matrice- paramètre- vecteur- chaîne règle récurren- instant- temps étape- pas séquence futur scores jacobien- linéarité"""
)
NEUTRAL = frozenset(  # words of grammar that leave an equation as it is, where they stand in a sentence
    """one other both over up down add adds some same very about two three second left right small different few up down out
    additional tanh before after steht sie rechts links immer sich sehr vor bei am an auf um se très quand toujours faire
    error errors fehler erreur erreurs places sanity current later rest meine meiner merkt accumulates accumulate verschiedene
    gleichen zwei drei zweite chaque autre gauche droite même""".split()
)
TERM = re.compile(  # words of corrections and quantities within a term of the field, and in what only leads to a sentence
    rf"(?<![\w-])(?:negative[mnrs]?\s+log[\w-]*|log-likelihood|(?:forget|reset)\s+gate\w*|porte\s+d'oubli|"
    rf"revers\w+(?:-|\s+)(?:mode|order|time|"
    rf"topological|direction)\w*|in\s+reverse|(?:true|correct|right|wrong)\s+(?:class|label|token|word|symbol)|nothing\s+but|not\s+only|"
    rf"(?:and|und)\s+(?:so\s+(?:on|weiter)|on\s+the\s+other\s+hand)|transposed?\s+(?:{stems('weight- matri- activation-')})|"
    rf"(?:{FIELD}|one)\s+(?:minus|moins)(?=\s+(?:its|the|one|la|le|{FIELD})\b)|c'est\s+(?:pourquoi|là\s+que)|"
    rf"(?:that|this)(?:'s|\s+is)\s+(?:why|how|where|because|when)|"
    rf"lines?\s+of\s+(?:code|numpy|python)|please\s+let\s+me\s+know(?:\s+if)?|(?:abbreviat\w+|denote|write|"
    rf"mark)\s+(?:the\s+)?(?:gradient|derivative)s?(?:\s+of\s+the\s+(?:total\s+)?loss)?\s+(?:by|"
    rf"with)\s+a\s+(?:leading\s+)?d|read(?:ing)?\s+off|as\s+if\s+(?:it|they)\s+were|als\s+wären\s+es|(?:about|below|"
    rf"of)\s+(?:1e-\d+|10\^\{{?-\d+\}}?)|softmax\s*\+\s*(?:cross-|entropie)|(?:constant\s+)?input\s+of\s+one|"
    rf"constant\s+(?:1|one)|(?:T|n|many|several|three|two)\s+times(?=\s+\w)|cross-?\s?entropy|entropie\s+croisée|"
    rf"(?:exercise|problem|task|aufgabe|question|step|sheet|week|part|lecture|chapter|section|slide|assignment|blatt|"
    rf"teil|partie|exercice)\s+"
    rf"\d+(?:\.\d+)*|[⊙∘*]\s+(?:is|denotes|means|stands\s+for)\s+the\s+(?:elementwise|element-wise|hadamard)\s+product)(?![\w-])",
    re.IGNORECASE,
)
CHANGES = re.compile(  # what corrects, withdraws, evaluates, scales, supposes or quotes
    r"(?<![\w-])(?:"
    + stems(
        """wrong- incorrect- false falsely falsif- mistak- erron- errat- typo- bug bugs buggy blunder- correct- fixed fixing ignor-
    disregard- neglect- omit- omission- skip- scratch- scrap- strike- struck crossed cross~out delet- remov- eras- void- invalid-
    obsolet- outdated deprecat- supersed- withdr- retract- revok- take~back took~back taken~back
    (?:take|took)~(?:this|that|it)~back back~of discard- reject- draft- version- attempt- guess- kidding jok- fool- lie lies lied
    fake- nonsens- rubbish garbage trash bogus bullshit crap junk silly stupid dumb absurd fishy dubious suspicious haywire botch-
    mess messed confus- mix~up mixed~up forg- miss missing misses missed lack- lost sign signs signed flip- swap- exchang-
    interchang- revers- invert- invers- opposite negat- minus plus transpos- twice doubl- half halv- tripl- thrice quarter times
    factor~of factor~\\d divid- averag- mean meant maximis- maximiz- ascent descent modulo up~to approximat- roughly almost nearly
    instead rather should shouldn't must ought suppos- assum- imagin- pretend- hypothe- would wouldn't could couldn't might were
    may maybe perhaps probably possibl- naive- tempting allegedly supposedly claims claimed believe believed trust- doubt- unsure
    sure uncertain- told says thinks wrote chatgpt my~neighbo- friend- forum somebody someone people tutor copied copying please
    sorry oops hmm nope wait alas unfortunately sadly damn off scal- rescal- normalis- normaliz- clip- truncat- mask masks masked
    detach- drop- subtract- replac- substitut- insert- edit- adjust- updated shift- dot~product inner~product matrix~product relu
    square squared cube- equal- identical- convention- orientation stand stands denot- symbol- quotation hold~on never~mind count
    counts grade- grading cancel- counterexampl- contrary other~way other~side other~hand better worse common~error-
    typical~error- source- back~to falsch- unrichtig- inkorrekt- fehlt fehlen fehlend- fehlerhaft- korrektur- korrigier-
    berichtig- ignorier- streich- gestrichen- lösch- ungültig- verworfen- verwerf- nehme ziehe gemeint quatsch unsinn- murks schrott käse
    blödsinn mist vertan verrechnet vertausch- verwechsel- vergess- vergiss vorzeichen- umgekehrt- umgedreht- umdreh- umzudreh-
    gegenteil negativ- negier- transponier- doppel- zweimal halb- hälfte drittel mal geteilt teilen dividier- mittel-
    durchschnitt- näherung- ungefähr fast beinahe statt anstatt sollte- müsst- müßt- angenommen annahme annehmen nehmen~wir hätte-
    wäre- könnte- würde- vielleicht eventuell vermut- wohl behaupt- geraten rate unsicher entwurf- version- versuch- bitte leider
    hoppla nein ach doch eigentlich stimmt gehört minus plus faktor~\\d skalier- verschieb- verschob- verrutsch- ersetz- änder-
    konvention- bezeichne- gleich faktoren nachbar- kollege- freund scherz- häufig- faux fausse- faussement erreur~fréq- erroné-
    tromp- oubli- manqu- efface- barrer barré- ratur- annul- nul nulle brouillon- bêtise- n'importe bidon foireux raté- signe-
    opposé- contraire négati- moins moitié- demi- tiers fois divis- moyenne- environ approxim- presque près lieu plutôt devrai-
    devrait doit doivent aurai- serai- pourrai- peut-être prétend- voisin- copi- confond- permut- retir- revenir reviens zut non
    malheureusement désolé- corrig- notez noter comptez compter égal- croi- jure fréquent-"""
    )
    + r")(?![\w-])",
    re.IGNORECASE,
)
POINTS = re.compile(  # answers, their parts and places of the sheet; pronouns that begin a sentence
    r"(?<![\w-])(?:"
    + stems(
        """answer- solution- equation- formula formulas formulae results? expression- line lines term terms factor- the~sums?(?!\\s+of)
    sums summation- side index indices rows sheet page my~notation submission above below previous~one following~one next~one
    last~one these~two all~of these this~one that~one the~following as~follows myself my~own antwort- lösung- gleichung- formel-
    ergebnis- ausdruck ausdrücke zeile- term terme- faktor- summe- indizes seite blatt oben(?!\\s+und) unten obig- obere- untere-
    folgende- davor réponse- équation- formule- résultat- ligne- terme- facteur- indice- feuille ci-dessus ci-dessous suivante-
    précédent- tout rien (?:every|any|no)thing(?!\\s+(?:that|which)) alles all~this neither none both~are thing"""
    )
    + r")(?![\w-])|"
    r"^\W*(?:(?:and|but|so|then|now|well|yet|und|aber|et|mais|or|donc)\s+)?(?:(?:this|that|it|these|those|they|"
    r"which|such|(?:das|dies\w*)(?-i:(?=\s+[a-zäöü]))|es|ce|c|c'\w+|cela|ceci|"
    r"ça|ces|ils|elles?|mine)(?:'\w+)?\b(?!\s+(?:faut|y\s+a)))",
    re.IGNORECASE,
)
RESTRICTS = re.compile(
    r"(?<![\w-])(?:"
    + stems(
        """not n't no never nothing none neither nor cannot without except- exclud- only just merely unless if whether but however
    although though unlike than larger smaller bigger actually really more less most fewer too alone nicht kein- nie niemals
    nichts ohne außer ausser nur bloß bloss wenn falls sondern mehr weniger als ausnahme ne n pas~de(?!\\s+temps) jamais sans sauf
    seulement que uniquement si excepté hors n'\\w+"""
    )
    + r"|\w+n't)(?![\w-])",
    re.IGNORECASE,
)
SOFT = re.compile(r"(?<![\w-])(?:gradient\w*|derivative\w*|ableitung\w*|dérivée\w*|errors?|fehler|erreurs?)(?![\w-])", re.IGNORECASE)
IS = re.compile(
    r"(?<![\w-])(?:is|are|was|looks?|seems?|went|goes|got|gets|comes?|ist|sind|war|sieht|est|sont|était|"
    r"semble)\s+(?:(?:a|an|the|so|very|just|"
    r"ein\w*|une?|le|la)\s+)*([^\W\d_]+)",
    re.IGNORECASE,
)
PLACE = re.compile(  # titles, numbers and points of tasks, files, courses and persons' numbers
    r"(?:(?:part|task|teil|partie|question|exercise|problem|aufgabe|devoir|hausübung|übung|homework|exercice|td|"
    r"answer|answer\s+to|sheet|sol\w*\s+to\s+(?:problem|task|exercise))\s+(?:n°\s*)?"
    r"(?:maison\s+n°\s*)?(?:\d+[a-h]?|(?-i:[A-H]))|\(?\d+\s+(?:points?|punkte|pts)\)?|(?:solution|lösung|answers|"
    r"abgabe|réponses)\s*(?:of|by|von|de|from)?\s*$|[\w-]+\.(?:tex|md|txt|py|ipynb|pdf)|"
    r"\(?(?-i:[A-Z]{2,4})[ -]?\d{3,5}\)?|(?:id\W+)?\d{5,})(?!\w)",
    re.IGNORECASE,
)
CONDITION = re.compile(r"\W*(?:for|in|at|with|over|if|when|under|on|as|für|bei|wenn|mit|pour|si|avec|dans|en|à|sous)\b", re.IGNORECASE)
LEADS = re.compile(
    r"\b(?:find|get|obtain|have|gives?|yields?|to|at|is|are|therefore|thus|hence|so|that|by|says|reads|gilt|ist|"
    r"folgt|donne|que|est|a|donc|also)$"
)
ALL = re.compile(r"(?:answer|solution|equation|formula|réponse|équation|formule)s|antworten|lösungen|gleichungen|formeln")
STEP = re.compile(r"step|time|same|schritt|zeit|pas\b|instant|temps|even|odd|old|claim|want|sought|gesucht|goal|\bis\b", re.IGNORECASE)
WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*(?![\w^\[{(])")
NAME = re.compile(r"(?<![\w.])(?:[dδ∂]?[A-Za-zσδ](?:_\w+|_?\{[\w+-]+\}|\[[\w+-]+\])+|(?!I\b|a\b|A\b|à\b|À\b|y\b)[A-Za-z])(?![\w'(])")
MEANS = re.compile(  # what a letter or a sign is
    rf"(?:{NAME.pattern}|\bd|['^*⊙∘·]\S*)\s+(?:here\s+|now\s+|really\s+)?"
    r"(?:means?|denotes?|bezeichnet|désigne|for|:(?=\s*\S)|(?:is|are|be|ist|sind|est|sont)\s+(?:the|an?|our|its|not|"
    r"short|der|die|das|le|la|l'|une?|\S*[_\[]))(?!\w)",
    re.IGNORECASE,
)
SIGNS = re.compile(r"[=+*/<>≤≥^~|@⊙∘×·−✗✘❌?\\\[\]{}_#&%]|\d|(?<![^\W_])-|-(?![^\W_])")


def sentences(row: str) -> list[str]:
    """The sentences of a row, each with what ends it and a capital letter.

    >>> sentences("Reason: the net is deep. See e.g. the book")
    ['Reason:', 'The net is deep.', 'See e.g. the book']
    """
    row = re.sub(r"(?<=[.\w])\}(?=\s|$)", "", row, count=row.count("}") - row.count("{")) if row.count("}") > row.count("{") else row
    row = (
        re.sub(r"\\(?:text\w*|emph|(?:sub)*(?:section|paragraph))\*?\s*\{([^{}]*)\}?", r"\1", row)
        .replace("**", "")
        .replace("\\tanh", "tanh")
    )
    found: list[str] = []
    for part in re.split(r"(?<=[.!:;])\s+", row.strip(" }")):
        if found and found[-1][-1:] == "." and not part[:1].isupper():
            found[-1] += f" {part}"
        else:
            found.append(part[:1].upper() + part[1:] if found else part)
    return found


def known(word: str) -> bool:
    """Whether a word is known to leave an equation as it is, or is made of two that are.

    >>> known("ausgabegewicht"), known("bogus")
    (True, False)
    """
    if word in NEUTRAL or all(harmless(part, 9) for part in word.split("'") if part):
        return True
    halves = ((word[:k].removesuffix("s"), word[k:]) for k in range(4, len(word) - 3))
    return any(harmless(one, 9) and harmless(other, 9) for one, other in halves)


def aloof(said: str) -> bool:
    """Whether a sentence refers to no answer and changes none, whatever it is about.

    >>> [aloof(said) for said in ("A cell hands its state to two customers.", "The negative log-likelihood punishes surprising labels.")]
    [True, True]
    >>> [aloof(said) for said in ("This is bogus.", "bogus weights", "The formula for the bias is a lie.")]
    [False, False, False]
    """
    text = PLACE.sub(" ", said.strip().replace("’", "'").rstrip('"”»'))
    ends, text = text[-1:], PHRASES.sub(" weight ", text)
    if MEANS.search(text):
        return False
    names = sum("_" in name or "[" in name for name in NAME.findall(text))
    text = NAME.sub(" ", TERM.sub(" weight ", text))
    plain = re.sub(r"(?<=\w)-(?=\w)|(?:^|\s)[-–—]+(?=\s|$)", " ", text)
    if len(text) > LONG or SIGNS.search(plain) or CHANGES.search(plain):
        return False
    words = [found[0].casefold() for found in WORD.finditer(text)]
    unknown = [word for word in words if not known(word)]
    soft, restricts = SOFT.search(text), RESTRICTS.search(text)
    begins, many = re.match(r"[\"'«„“]?[A-ZÄÖÜÉÀÊÇ]", said.strip()), len(words) + names
    whole, field = (
        begins and (ends in ".:!,;" or LEADS.search(text)),
        names or re.search(rf"(?<![\w-])(?:{FIELD})(?![\w-])", text, re.IGNORECASE),
    )
    if points := POINTS.search(plain):
        return not (unknown or restricts or STEP.search(text) or CONDITION.match(text)) and ends == ":" and ALL.match(points[0]) is not None
    if not unknown and not restricts:
        head = (
            words
            and not names
            and (ends == ":" or begins and field)
            or re.fullmatch(r"[\s.,:;()–-]*", text)
            and ".." not in said
            and (PLACE.search(said) or text == said)
        )
        return bool(whole and many >= SHORT - (ends == ".") or head and not STEP.search(text)) and (
            ends == "." or not CONDITION.match(text)
        )
    if not whole or many < SHORT or not (field or 6 * len(unknown) <= many) or 2 * len(unknown) > many:
        return False
    if restricts and (soft or ends != "." or not text[: restricts.start()].strip()):
        return False
    if soft and ends != ":" and unknown:
        return not any(found[1].casefold() in unknown for found in IS.finditer(text, soft.start())) and words[-1] not in unknown
    return True
