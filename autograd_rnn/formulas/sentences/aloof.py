"""Sentences that leave every answer of a sheet as it is: those without a word for changing one, or that refer to none.

The equation is what is judged. A sentence takes it back or changes it by a word for doing so, one of a closed class, outside of a term of
the field that is composed with it, as `negative log-likelihood`. A word that always is said of an answer costs those beside it; another
only where the sentence points at one or leads to one. Words that are in no class cost nothing in a sentence: a correction by slang alone,
or in another language than these three, is not seen.
"""

from __future__ import annotations

import re

from autograd_rnn.formulas.sentences.harmless import ELSEWHERE, OTHERWISE, PHRASES, SHAPE
from autograd_rnn.formulas.sentences.words import harmless
from autograd_rnn.formulas.writing.lines import WIDEST

LONG, SHORT = 600, 5  # characters of a row that is looked at, words of a fragment


def stems(words: str) -> str:
    """A pattern of words, of which those with a hyphen behind have any ending, and in which `~` is a space."""
    return "|".join(re.sub(r"-$", r"\\w*", word).replace("~", r"\s+") for word in words.split())


NEUTRAL = frozenset(  # words of grammar that leave an equation as it is, where they stand in a sentence
    """one other both over up down add adds some same very about two three second left right different few up down out additional tanh
        before after steht sie rechts links immer sich sehr vor bei am an auf um se très quand toujours faire error errors fehler erreur
        erreurs places sanity current later rest meine meiner merkt sums summed summing summe accumulates accumulate verschiedene gleichen
        zwei drei zweite chaque autre gauche droite même dito ditto idem with for first next then both else other others mit für pour avec
        zuerst nächste nun jetzt zunächst erst first end ende fin while when who holds gilt vaut""".split()
)
TERMS = (  # with words of corrections and quantities in them, and what only leads to a sentence
    r"revers\w+(?:-| )(?:mode|order|time|topological|direction)\w*|in reverse|index shift|factor of (?:one|1)",
    r"(?:not|\w+n'?t|never|nicht|pas) (?:\w+ ){0,4}?(?:see|underst\w+|kn[eo]w|reali[sz]\w+|gewusst|gesehen|clear|obvious|verst\w+|"
    r"klar|compris|vu)(?: \w+)?,? (?:why|how|where|what|whether|that|warum|wieso|wie|woher|dass|pourquoi|comment|d'où|que)",
    r"(?:add|sum)(?:s|ed|ing|ming|med)? up|(?:lack|faute) (?:of time|de temps)|(?:nothing|nichts|rien) (?:comes|follows|kommt|vient)",
    r"(?:missing|bad|poor|lack of|no|fehlende\w*) (?:latex|formatting|layout|handwriting|scan|photo|handschrift|écriture)",
    r"(?:used?|needed|appears?|enters?|occurs?|geht|wirkt|fließt|sert|intervient) (?:twice|zweimal|doppelt|deux fois)",
    r"(?:T|n|many|several) times(?= \w)|(?:à|chaque|tous les) (?:la )?fois|plus que|as (?:soon|long|well) as",
    r"only that|(?:i|we|you) (?:\w+ )?only \w+|nothing but|not only|nicht nur|non seulement",
    r"(?:there is|there's|it has|has) no (?:future|next|later|successor|further|(?:time )?step)(?: (?:time )?step)?",
    r"(?:wenn|if|si|when) (?:man|wir|we|you|one|on|nous)|(?:true|correct|right|wrong) (?:class|label|token|word|symbol)",
    r"(?:and|und) (?:so (?:on|weiter)|on the other hand)|transposed? (?:weight|matri|activation)\w*",
    r"(?:that|this)(?:'s| is) (?:why|how|where|because|when)|lines? of (?:code|numpy|python)|please let me know(?: if)?",
    r"(?:we|i|you|one) (?:\w+ )?needs?(?! to)|needs? (?:the|its|both|all) (?:\w+ )?(?:candidate|gradient|state|error|output|gate|score)s?",
    r"(?:we|i) use(?= (?:column|the (?:chain|product|hint|definition)))|as (?:it|they) should(?: be)?|column vectors?",
    r"sum of (?:both|the|all)|should(?: not|n't)? (?:be (?:clear|noted|easy|obvious|familiar|known)|note|forget)",
    r"read(?:ing)? off|as if (?:it|they) were|als wären es|(?:about|below|of) (?:1e-\d+|10\^\{?-\d+\}?)",
)
TERM = re.compile(rf"(?<![\w-])(?:{'|'.join(TERMS)})(?![\w-])".replace(" ", r"\s+"), re.IGNORECASE)
MENTIONS = re.compile(  # steps, references and two things in one that a sentence speaks of
    r"\b[tk]\s?(?:[<>≤≥=]|\\[lg]eq?)\s?(?:T|\d)(?!\w)(?:\s*\.\.+\s*T)?|(?<=[\w)])\s*–?\s*\(\d+[a-z]?\)|\bO\([^()]*\)|[∂d]L/[∂d]\w+|\[\d+\]|\\(?:eq)?(?:ref|cite)\{[^}]*\}|"
    r"\\(?:blacksquare|square|qed)|[-−]\s?log\s*p\w*(?:\[\w+\])?|1\s?[-−]\s?(?:tanh|\w_\w)\s?\^\{?2\}?"
)
BOTH = re.compile(r"(?<=[^\W\d_]{3})\s*[+&/]\s*(?=[^\W\d_]{2})")
CHANGING = {  # always said of an answer: those beside it
    "evaluation": """wrong- incorrect- inaccura- false falsely falsif- mistak- erron- errat- typo- bug bugs buggy blunder- invalid-
        void bogus rubbish garbage trash nonsens- bullshit crap junk stupid dumb absurd fishy dubious suspicious haywire
        botch- mess messed hogwash baloney lie lies lied fake- kidding jok- fool- trustworth- untrue incomplete
        unfinished upside superfluous unsure guess- tempting falsch- unrichtig- inkorrekt- fehlerhaft- verkehrt- quatsch
        unsinn- murks schrott käse blödsinn mist ungültig- fälschlich- geraten scherz- überflüssig- stimmt faux fausse-
        faussement erroné- bêtise- n'importe bidon foireux raté- mauvais- trop~grand- en~trop fail- fehlversuch-
        fehlschl- schlägt~fehl échou- disagree- contradict-
        (?:an|some|any|ein|einen|une|des)~(?:error|fehler|erreur)s?\\b(?!\\W*(?:signal|term|vec|at|that|of))
        (?:not?|\\w*n't|nothing|none|nichts?|kein\\w*|rien|aucun\\w*|pas)\\W+(?:\\w+\\W+){0,5}?(?:right|true|justes?|wahr|richtig\\w*|vraie?s?|holds?|works?|agrees?|match|fit|passed)
        (?:passt|gilt|klappt|funktioniert|holds?|works?|agrees?)~(?:\\w+~)?(?:nicht|not)""",
    "correction": """correct- fixed fixing edit amend- revis- oops hmm nope wait confus- mix~up mixed~up forg(?:e|o)t- missing misses
        missed lack- lost instead second~thoughts? meant actually korrektur- korrigier- berichtig- hoppla nein ach
        ought should(?:n't)? one~too too~(?:old|early|late|many|few|large|small|high|low|big) belongs?~(?:on|elsewhere|there)
        rest~of~(?:it|this|that) (?:is|are)~not~(?:there|here|present|included)
        (?:^\\W*|please~)(?:read(?!~off)|move|put(?!~(?:together|simply|differently|in~words))|place|add~(?:the~same|another|one|an?))
        (?:other|opposite|andere[nrms]?|autre|otr[oa])~(?:ind[ei]\\w+|índice|sides?|matrix|matriz|matrice|factor|fa[ck]t\\w+|hand|direction|seite|côté|lado|way)
        (?:for|für|pour)~(?:one|a~single|eine?n?|une?)~(?:sample|example|sequence|batch|neuron|unit|entry|beispiel|exemple)
        schritt~(?:älter|jünger) noch~ein\\w*~(?:faktor|term|summand) doch~nicht gemeint vertan verrechnet vertausch- verwechsel-
        vergess- vergiss fehlt fehlen verdreht- umgekehrt-
        (?:i|we|you)~would(?!~(?:like|love|say|expect|get|have~to)) ich~würde(?!~gern) je~\\w+rais in~place~of left~out
        leav(?:e|ing)~out (?:ind(?:ex|exe|izes)|[ií]ndices?|subscripts?)~(?:\\w+\\W+){0,7}?(?:later|earlier|higher|lower|other|ahead)
        (?:ind(?:ex|exe|izes)|[ií]ndices?|subscripts?)~(?:\\w+\\W+){0,7}?(?:behind|später|früher|größer|kleiner|höher|décal\\w+|desplaz\\w+)
        gegenteil statt anstatt tromp- oubli- manqu- corrig- confond- zut lieu~de n'est~pas à~l'envers""",
    "withdrawal": """ignor- disregard- neglect- omit- omission- skip- scratch- scrap- strike- struck crossed delet- remov- eras-
        obsolet- outdated deprecat- supersed- withdr- retract- revok- made~(?:this|it|that|them)~up invent- erfunden
        ausgedacht changed~my~mind changé~d'avis anders~überlegt take~back took~back back~of discard- reject- draft-
        attempt- try tries first~had copied copying take~(?:this|it|that)~back replace~the remplacez ersetze- n'y~crois
        detach- drop- ignorier- streich- gestrichen- lösch- verworfen- verwerf- ziehe nehme entwurf- versuch- überspring-
        werten abgesehen efface- barrer barré- ratur- annul- brouillon- retir- reviens notez noter comptez jeter in~the~limit""",
    "scaling": """(?:an?|eine?m?|une?|with|mit|avec|con)~(?:minus|moins|menos) (?:to|by)~the~\\w+~power reciproc- kehrwert réciproque
        upper~bound twice double doubled doubling half halve- halved tripl- thrice negate- negated negating opposite flip- divid-
        averag- normali[sz](?:e[ds]?|ing|ation) rescal- scal(?:e|ed|ing) up~to approximat- roughly nearly sign signs
        (?:minus|plus)\\W+(?:\\w+\\W+){0,5}?(?:plus|minus)
        factor~of fa[ck]t(?:eu|o)r~\\d facteur~deux zu~(?:groß|klein|hoch|niedrig|früh|spät) modulo maximis- maximiz- ascent
        clip- truncat- mask masks masked subtract- doppelt- zweimal hälfte halb- halbier- negier- geteilt teilen dividier- durchschnitt-
        näherung- ungefähr vorzeichen- skalier- bis~auf (?:facteur|signe)~près moitié demi- opposé- divis- approxim- signe
        signes
        multip\\w+\\s+(?:\\w+\\s+){0,4}(?:by|with|mit|par)\\s+(?:minus|moins|one|two|three|half|zwei|drei|deux|trois|T\\b|\\W*\\d)
        multip\\w+\\s+(?:\\w+\\s+){0,4}(?:by|with|mit|par)\\s+(?:the|a|der|einer?m?|le|une?)~(?:learning|constante?|factor|number|length)
        multip\\w+~(?:\\w+~){0,4}(?:mit|par)~(?:der|einer?m?|le|une?)~(?:lernrate|konstante|faktor|taux|constante|facteur)""",
    "transposition": """swap- switched exchang- interchang- invert- transpos- transponier- reversed inverse- inversé- échang- permut-
        dot~product inner~product umgedreht- umdreh- umzudreh- verschob- verrutsch- order~of~the~factors
        in~front(?!~of~(?!it|this|that)) off~by (?:is|are)~off""",
    "attribution": """counterexampl- contrary allegedly supposedly claims claimed chatgpt neighbou?rs?(?=\\s+(?:got|has|claims|says))
        friend- forum somebody someone tutor behaupt- nachbar-(?=\\s+behaup) voisin- prétend- copié- copier contraire
        different~(?:equation|formula|result|answer|expression|sign|solution) (?:from|on|in)~the~(?:internet|web)
        (?:(?:room|flat|class)mate|colleague)s?(?=~(?:got|ha[sd]|have|says?|claims?|wrote)) common~error- typical~error-
        erreur~fréq- häufig\\w*~fehler""",
}
TURNING = {  # said of an answer where the sentence is short, points at one, or leads to one
    "supposition": """suppos- limit assum(?:e|ing|ption) pretend- hypothe- would wouldn't could couldn't might were maybe perhaps
        probably possibl- naive- believe believed glaub- told angenommen hätte- wäre- könnte- würde- vielleicht
        eventuell vermut- wohl aurai- serai- pourrai- peut-être supposons était- if si convention- feed-?forward scalar-
        mean~loss identity~(?:activation|net)\\w* (?:linear|linéaire|lineare)\\w*~(?:net|activation|case|réseau)\\w*
        réseau~linéaire replac- substitut- instead ersetz- remplac-""",
    "restriction": """without except- exclud- only merely exclusively unless ohne außer ausser nur bloß falls seulement uniquement
        sauf sans excepté hors ne~vaut~que almost fast beinahe presque draft version- old alte ancien- trunc-""",
    "negation": """not n't \\w+n't no never nothing none neither nor cannot nicht kein- nie niemals nichts pas aucun- jamais non rien
        negative- negativ- négati-""",
    "correction": """take use rather (?:must|has~to|have~to|needs?~to|is~to|are~to)~be really doubt- trust- sure
        uncertain- please better worse see~the~next see~next other~way adjust- updat(?:e(?!s?\\s+gate)\\w*|ing)
        shift- insert- wants needs? belong-
        sollte- müsst- sondern bitte
        eigentlich gehört braucht änder- devrai- devrait (?:doit|doivent)~être
        (?:muss|müssen)~(?:\\w+~){0,3}(?:sein|werden) plutôt vrai- plus says thinks wrote people""",
    "scaling": """minus moins plus times mal fois mean means meant mittel- moyenne- multipl- square- squared identical- equal-
        larger
        smaller bigger less more grand- add adds one~half third tiers drittel quarter relu convention transposed?
        columns? rows? matrix~product matrixprodukt inverse reverse- grade graded grading count counts source- mine broken
        cancel-""",
}


def classes(table: dict[str, str]) -> re.Pattern[str]:
    """A pattern of the words of some classes."""
    return re.compile(rf"(?<![\w-])(?:{stems(' '.join(table.values()))})(?![\w-])", re.IGNORECASE)


CHANGES, TURNS = classes(CHANGING), classes(TURNING)
POINTS = re.compile(  # answers, their parts and places of the sheet; pronouns that begin a sentence
    r"(?<![\w-])(?:"
    + stems(
        """answer- solution- equation- formula formulas formulae results? expression- line lines term terms factor-
            the~sums?(?!\\s+of) sums product everywhere throughout überall partout summation- side index indices rows sheet page
            my~notation submission above below previous~one following~one next~one last~one les~sommes alle~summen whole~thing
            these~two all~of these this~one that~one the~following(?!\\s+(?:state|step|moment|time|hidden|node|layer|cell)) as~follows
            myself my~own antwort- lösung- gleichung- formel- ergebnis- ausdruck ausdrücke zeile- term terme- faktor- summe- indizes
            seite blatt oben(?!\\s+und) unten obig- daran davon obere- untere- folgende- davor réponse- équation- formule- résultat-
            ligne- terme- facteur- indice- feuille ci-dessus ci-dessous suivante- précédent- tout(?!\\s+\\w+\\s+(?:paramètre|vecteur))
            rien~de (?:every|any)thing(?!\\s+(?:that|which)) alles all~this neither none both~are"""
    )
    + r")(?![\w-])|"
    r"^\W*(?:(?:and|but|so|then|now|well|yet|und|aber|et|mais|or|donc)\s+)?(?:(?:this|that|it|these|those|they|"
    r"which|such|(?:das|dies\w*)(?-i:(?=\s+[a-zäöü]))|es|ce|c|c'\w+|cela|ceci|"
    r"ça|ces|ils|elles?|mine)(?:'\w+)?\b(?!\s+(?:faut|y\s+a)))|"
    r"^\W*(?:please\s+)?(?!thats?\b|so\b|and\b|but\b|as\b|if\b|when\b|since\b|because\b|is\b|of\b|for\b)\w+\s+(?:it|them)\b|(?<![\w-])(?:here|hier|ici|this|that|these|those|them|dies\w*|mine|ceci|cela|ça|celle-ci)(?=\W*$|\s+(?:is|was|has|by|to|with|should|must|needs?|without|only|holds?)\b)",
    re.IGNORECASE,
)
LABELLED = re.compile(
    r"(?<![^\W_])(?-i:[A-ZÄÖÜÉ][^\W\d_]*)\s?\d+(?:\.\d+)*(?![\w=])|"
    r"(?<!\w)(?:\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4}|(?:19|20)\d\d|1e-\d+)(?!\w)"
)
PLACE = re.compile(  # titles, numbers and points of tasks, files, courses and persons' numbers
    r"(?:(?:part|task|teil|partie|question|exercise|problem|aufgabe|devoir|hausübung|übung|homework|exercice|ejercicio|td|answer|sheet|sol\w*|page|seite|"
    r"figure|fig|abbildung|table|group|gruppe|groupe|week|date|datum|words?|name|course|ws|ss|(?:matr|id|stud)\w*)[\s.:°-]*(?:(?:to|problem|task|"
    r"exercise|maison|n[°ro]|id|count)[\s.:°-]*)*(?:\d+(?:[./-]\d+)*[a-h]?|(?-i:[A-H]))(?:\s*(?:of|von|de|sur|/)\s*\d+)?|[(\[]?\d+\s+(?:points?|punkte|pts)[)\]]?|"
    r"(?:solution|lösung|answers|abgabe|réponses)\s*(?:of|by|von|de|from)?\s*$|[\w-]+\.(?:tex|md|txt|py|ipynb|pdf)|"
    r"(?:step|time|schritt|zeit|instant|temps|pas|from|zu|à)\s+[tT]\s?[-+−]\s?1|at\s+[tT]\s?[-+−]\s?1(?=\s+(?:is|are|was)\b)|"
    r"\(?(?-i:[A-Z]{2,4})[ -]?\d{3,5}\)?|\d{5,}|errors?:?\s+\d\S*)(?!\w)",
    re.IGNORECASE,
)
WORD = re.compile(r"[^\W\d_]+(?:[-'][^\W\d_]+)*(?![\w^\[{(])")
NAME = re.compile(r"(?<![\w.'])(?:[dδ∂]?[A-Za-zσδ](?:_\w+|_?\{[\w+-]+\}|\[[\w+-]+\])+|(?!I\b|a\b|A\b|à\b|À\b|y\b)[A-Za-z])(?![\w'(])")
GIVEN = re.compile(  # a quantity that is given, or taken for another
    rf"(?:^\W*|\b(?i:with|mit|avec|con|or|oder|ou|us(?:e|es|ing)|over|durch|is|small|large)\s+){NAME.pattern}"
)
ONE = re.compile(  # step or layer of several
    r"\b(?:for|at|in|of|für|bei|im|pour|au|à)\W+(?:\w+\W+)?(?:one|single|first|second|third|last|final|(?:other|same)(?=\s+(?:time|step))|ersten|letzten|premi\w+|derni\w+)\b",
    re.IGNORECASE,
)
MEANS = re.compile(  # what a letter or a sign is
    rf"\b(?:denot\w+|call|name|write|bezeichne\w*|notons|appelons)\s+(?:by\s+|mit\s+|par\s+)?{NAME.pattern}\s+(?:the|an?|our|als|den|die|das|la|le)\b|"
    rf"(?:{NAME.pattern}|\b[dy]|['^*⊙∘·]\S*)\s+(?:here\s+|now\s+|really\s+)?"
    r"(?:(?:i|we)\s+mean|mein\w*|means?|denotes?|bezeichnet|désigne|(?:stands?\s+)?for|:(?=\s*\S)|(?:is|are|be|ist|sind|est|sont)\s+(?:the|an?|our|its|not|minus|"
    r"short|der|die|das|le|la|l'|une?|\S*[_\[]))(?!\w)",
    re.IGNORECASE,
)
ASKS = re.compile(  # a task that is told again
    r"\W*(?:what|why|how|which|where|wh?en|was|wie|warum|welche\w*|wieso|que|quel\w*|pourquoi|comment|combien)\b[^.:!]*\?\W*$",
    re.IGNORECASE,
)
DERIVED = re.compile(r"gradient|derivative|ableitung|dérivée|short|kurz|abr|∂L|\\partial\s?L|dL/d", re.IGNORECASE)  # what a d means
SIGNS = re.compile(r"[^\w\s.,;:!()'\"„“”«»…□■∎✓☑-]|[_\d]|(?<![^\W_])-|-(?![^\W_])|\w\(")  # what reckons
FACTS = re.compile(  # what the net, its loss or a sign is, but for losses that are held against the net's
    r"(?:^|,|\bthat|\bdass|\bque)\W*(?:(?:the|our|my|der|die|das|unser\w*|le|la|les|notre|el|los|las)\s+|l')?(?:\w+\s+)?(?:loss|cost|objective|activation|"
    r"nonlinearity|net|network|units?|labels?|targets?|circle|dot|star|sum|summation|product|ind(?:ex|ices)|verlust|aktivierung|netz\w*|ziel\w*|summe|produkt|perte|coût|réseau|"
    r"étiquette|cible|somme|produit|pérdida|red|suma)\s+(?:function\s+)?(?:\w+\s+)?(?:is|are|was|has|runs?|goes|extends|ranges|denotes?|means|contains?|ist|sind|hat|läuft|geht|est|"
    r"sont|a|porte|contient|es|son)(?!\w)(?!\W+(?:\w+\W+){0,3}?(?:mean|averaged?|mittel\w*|moyenne|squared|quadrat\w*))",
    re.IGNORECASE,
)
PREPOSED = re.compile(  # what limits what stands below it, and is no title
    r"\W*(?:for|with|without|in|at|under|plus|including|mit|ohne|für|im|bei|am|pour|avec|sans|en|au|con|sin|para)(?!\w)", re.IGNORECASE
)
VERB = re.compile(  # what makes a sentence of what begins with one of these
    r"\b(?:is|are|was|were|has|have|had|do|does|can|will|must|we|i|you|one|it|they|there|this|that|ist|sind|war|hat|haben|kann|wird|wir|ich|man|es|est|sont|"
    r"a|ont|on|nous|je|il|peut|\w{3,}(?:[^\Ws]s|t))\b",
    re.IGNORECASE,
)
SUBJECT = re.compile(  # what is said of an answer itself
    r"\W*(?:(?:and|but|so|now|und|aber|et|mais)\s+)?(?:(?:this|that|it|these|those|they|das|dies\w*|es|ce|c|cela|ça)(?:'s|"
    r"'est|\s+(?:is|was|are|were|has|had|got|goes|went|ist|war|sind|hat|est|était|sont))|(?:\w+\s+){0,3}?(?:(?<=this\s)one|line|equation|formula|answer|"
    r"expression|zeile|gleichung|formel|antwort|ligne|équation|formule|réponse))\b",
    re.IGNORECASE,
)
TITLED = re.compile(r"(?:\W*[A-ZÄÖÜÉÀ][\w.'-]*){2,}")  # names of people and courses


def sentences(row: str) -> list[str]:
    """The sentences of a row, each with what ends it.

    >>> sentences("Reason: the net is deep. See e.g. the book")
    ['Reason:', 'the net is deep.', 'See e.g. the book']
    """
    row = re.sub(r"(?<=[.\w])\}(?=\s|$)", "", row, count=row.count("}") - row.count("{")) if row.count("}") > row.count("{") else row
    row = (
        re.sub(r"\\(?:text\w*|emph|(?:sub)*(?:section|paragraph))\*?\s*\{([^{}]*)\}?", r"\1", row)
        .replace("**", "")
        .replace("\\tanh", "tanh")
    )
    found: list[str] = []
    for part in re.split(r"(?<=[.!?:;])\s+", row.strip(" }")):
        if found and found[-1][-1:] == "." and not part[:1].isupper():
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def known(word: str) -> bool:
    """Whether a word is known to leave an equation as it is."""
    return word in NEUTRAL or all(harmless(part) for part in word.split("'") if part)


def aloof(said: str, named: bool = False, heads: bool = False, leads: bool = True) -> bool:
    """Whether a sentence refers to no answer or changes none, whatever it is about. ``named``: whether it names one; ``heads``: whether it
    is the title of what follows; ``leads``: whether an answer goes on with it.

    >>> [aloof(said) for said in ("The flux capacitor comes before the gradient of the gates.", "We need the sum of the gates.")]
    [True, True]
    >>> [aloof(said) for said in ("This is wrong.", "A factor is missing here.", "This is not it.", "half of this")]
    [False, False, False, False]
    """
    if len(said) > WIDEST:
        return False
    text = re.sub(r"(?<!\w)([*_])(\w[^*_]*)\1(?!\w)", r"\2", said.strip().replace("’", "'")).rstrip('"”»')
    text = re.sub(r"`[\w.]+(?:\(\))?`|\$([^\s$])\$", lambda found: found[1] or "it", text)
    if LABELLED.fullmatch(text.rstrip(" :.")) and not TURNS.search(text):
        return True
    ends, text = (
        text.rstrip(')"”»* ')[-1:],
        PHRASES.sub(" weight ", TERM.sub(" weight ", SHAPE.sub(" ", PLACE.sub(" ", BOTH.sub(" and ", text))))),
    )
    if (
        len(text) > LONG
        or ".." in MENTIONS.sub(" ", said)
        or any(part.search(text) for part in (ELSEWHERE, OTHERWISE))
        or MEANS.search(text)
        and (TURNS.search(MEANS.sub(" ", text)) or not DERIVED.search(text))
    ):
        return False
    words = WORD.findall(NAME.sub(" ", text))
    small = re.match(r"\W*[^\W\d_A-ZÄÖÜÉÀ]", said) is not None
    short = len(words) <= SHORT
    fragment = short and ends not in ".?" and (small or len(words) < 3)
    text = NAME.sub(" ", text if fragment else MENTIONS.sub(" ", text))
    plain = LABELLED.sub(lambda found: found[0] if TURNS.search(found[0]) else " ", text)
    plain = re.sub(r"(?<=\w)-(?=\w)|(?:^|\s)[-–—]+(?=\s|$)", " ", plain)
    if CHANGES.search(text):
        return False
    if SIGNS.search(plain.replace("?", " ") if ASKS.match(text) else plain):
        return False
    if (short or named or POINTS.search(text) or ends != "." and (leads or ends == ":")) and TURNS.search(text):
        return False
    short = short and not (heads and ends != "." and TITLED.search(said) and not PREPOSED.match(said)) and bool(words or not heads)
    limits = (
        FACTS.search(text)
        or SUBJECT.match(said)
        or PREPOSED.match(said)
        and "," not in text
        and (ends not in ".:" or not VERB.search(said))
    )
    if short or len(words) < 2 * SHORT and limits or re.search(r"[^\W\d_a-zA-ZÀ-ɏͰ-Ͽ]", text):  # in letters of other languages
        return len(words) > 0 and all(known(word.casefold()) for word in words) and not (GIVEN.search(said) or short and ONE.search(text))
    return len(words) > 0 or re.fullmatch(r"[\s.,:;()–-]*", plain) is not None and (plain != said or set(plain) <= set(" .,:;"))
