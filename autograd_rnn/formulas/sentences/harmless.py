"""Words that leave the equation beside them as it is: those that are known to. Whatever else is said of an equation may change it."""

from __future__ import annotations

import functools
import re

from autograd_rnn.formulas.sentences.words import ALSO, ROLES, WORDS
from autograd_rnn.formulas.writing.lines import WIDEST

LONG = 600  # characters of words that are read

SUB = r"(?:_\w+|_?\{\w+(?:[-+]\w)?\}|_?\[\w+(?:[-+]\w)?\]|[ₜₕₓᵧ]+)?"
NAME = rf"(?:d|∂|δ|δ_|\\delta|\\partial\s?)?[A-Za-zσδ]{SUB}"
IS = r"(?:is|be|denote|are|denotes?|being|means|represents?|stands\s+for|ist|sind|bezeichnet|est|désigne|sont|:)"
ELEMENT = r"(?:element-?\s?wise|hadamard|point-?\s?wise|component-?\s?wise|elementweise\w*|terme\s+à\s+terme)"
PATH = r"(?:output|recurrent|direct|future|local|immediate|incoming)\s+(?:path|part|term|contribution|gradient)"
LOCAL = r"(?:the\s+)?(?:local|upstream|inner|outer|incoming)\s+(?:derivative|gradient|slope|jacobian)"
WHERE = r"(?:[(\[]\s*)?(?:(?:eq|eqs|eqn|equation|gl|gleichung|équation)s?\.?\s*)?\(?\d+(?:\.\d+)*[a-z]?\)?"
DOTS = r"\s*,?\s*(?:\.\.+|…|\\[lc]?dots|(?:down\s+)?to|bis|à|:|through)\s*,?\s*"
LESS = r"\s*(?:<=|≤|\\leq?)\s*"
STEPS = (
    rf"(?:t\s*(?:=|from|von|de|in|∈|\\in|\s)\s*\\?\{{?(?:1\s*(?:,\s*2\s*)?{DOTS}T|T\s*(?:,\s*T\s*-\s*1\s*)?{DOTS}1)\\?\}}?|"
    rf"1{LESS}t{LESS}T)"
)
PHRASES = re.compile(  # with words in them that by themselves would change what is said
    "|".join(
        rf"(?<![\w\\^-])(?:{phrase})(?![\w^-])"
        for phrase in (
            r"(?:see\s+|compare\s+|for\s+|in\s+|cf\.?\s*|from\s+|by\s+|siehe\s+|vgl\.?\s*|voir\s+)?(?:eqs?|eqn|equation|formula|"
            r"section|sec|slide|page|p\.|"
            r"chapter|ch|lecture|ex|exercise|homework|hw|assignment|sheet|tutorial|übung|serie|series|feuille|td|tp|devoir|theorem|"
            r"lemma|week|chapitre|"
            r"question|problem|task|part|figure|fig|table|gl|gleichung|formel|aufgabe|blatt|folie|seite|kapitel|teil|vorlesung|"
            r"exercice|équation|"
            r"partie)s?\.?\s*(?:\(\s*)?\d+(?:\.\d+)*(?:\s*\(?[a-h]\)?)?(?:\s*\))?",
            r"(?:part|teil|partie|question|exercise|aufgabe|problem)\s+\(?[a-h]\)?",
            r"goodfellow(?:\s+et\s+al)?|et\s+al",
            rf"(?:for|with|over|für|über|pour|sur|,)?\s*(?:all\s+)?(?:t(?:ime)?\s+)?{STEPS}",
            r"(?:from|von)\s+(?:t\s*=\s*)?(?:1\s+(?:to|bis)\s+(?:t\s*=\s*)?T|T\s+(?:down\s+)?(?:to|bis)\s+(?:t\s*=\s*)?1)|∀\s*t",
            r"(?:starting|starts?)\s+(?:at|from)\s+t\s*=\s*T",
            r"(?:for|at|in|over|of|an?|bei|für|über|pour|à|sur)\s+(?:all|every|each|any|alle[nr]?|jede[nmrs]?|tou[st]|toutes?|"
            r"chaque)\s+(?:les\s+|the\s+)?"
            r"(?:t(?:ime)?(?:\s*-?\s*steps?)?|steps?|timesteps?|zeitschritte?n?|zeit|pas(?:\s+de\s+temps)?|instants?|units?|entries|"
            r"parameters?|weights?)(?:\s+(?-i:t)(?!\w))?",
            r"(?:at|for)\s+(?:time\s*-?(?:\s*step)?|step)\s+t|zum\s+zeitpunkt\s+t|à\s+l'instant\s+t|im\s+zeitschritt\s+t|(?:over|"
            r"in)\s+(?:the\s+)?(?:time|(?-i:t))",
            r"(?:for|für|pour)\s+(?:the\s+|die\s+|den\s+|das\s+|les?\s+|la\s+)?(?:(?:recurrent|hidden|output|input|rekurrente|"
            r"verdeckte)n?\s+)?"
            r"(?:weights?|bias(?:es)?|state|layer|gates?|matri(?:x|ces)|gewichte|poids|biais|preactivations?|activations?|cell|loss)",
            rf"(?:and|with|where|here|using|since|as|for|mit|wobei|où|avec|und|and)?\s*(?:(?:d|δ|∂|\\delta|"
            rf"delta)\w*?{SUB}?_?[\[{{(]+T\s*\+\s*1[\]}})]+|"
            rf"(?:h|c)(?:_0|\[0\]|_\{{0\}}|₀))\s*(?::?=|is|are|ist|est)\s*(?:0|zero|null|nul)(?:\s+(?:at|after|beyond)\s+the\s+"
            r"(?:end|last\s+(?:time\s+)?step)(?:\s+of\s+the\s+sequence)?)?",
            r"(?:the\s+)?(?:two|both|zwei|beide\w?|deux|les\s+deux)\s+(?:paths?|terms?|parts|contributions?|ways|routes|places|"
            r"sources|pfaden?|"
            r"wegen?|beiträgen?|terme|summanden|chemins|termes|contributions)",
            r"(?:the\s+)?(?:first|second)\s+(?:(?:term|part|summand|path)\s+)?(?:is|comes|stems|arises|from)",
            rf"(?:where|with|here|wobei|mit|où)?\s*[⊙*∘]\s*{IS}?\s*(?:the\s+|das\s+|le\s+)?{ELEMENT}(?:\s+(?:product|multiplication|"
            rf"produkt|produit))?",
            rf"{ELEMENT}\s+(?:product|multiplication|produkt)|produit\s+terme\s+à\s+terme",
            rf"(?:where|with|here|wobei|mit|où)?\s*(?:\^?\{{?T\}}?|ᵀ|\^?\\top|')\s*{IS}\s*(?:the\s+|die\s+|"
            rf"la\s+)?(?:matrix\s+)?(?:transpos(?:e|ition)|transponierte|transposée)"
            r"(?=\s*(?:[.,;)]|$))",
            rf"{LOCAL}\s+times\s+{LOCAL}|{PATH}\s+(?:plus|and)\s+(?:the\s+)?{PATH}|(?:adds?|added|adding|summing)\s+up\s+both\s+paths",
            r"(?:the\s+)?sum\s+(?:of|over)\s+(?:the\s+)?(?:both|two|losses|all\s+paths)(?:\s+(?:paths|contributions|terms))?|"
            r"once\s+(?:more|again)|(?:both|the\s+two)\s+gradients(?:\s+are\s+summed)?|sum\s+of\s+the\s+two\s+gradients",
            r"(?:output|backpropagated|propagated|total)\s+errors?|error\s+(?:signals?|terms?|vectors?|backpropagation)|signal\s+d'erreur",
            r"(?:the\s+)?same\s+(?:weights?|matri(?:x|ces)|parameters?|ways?|notation|formula|equation|result|as|for|rule|argument|"
            r"reasoning|holds|in|is)|update\s+gate|(?:negative\s+)?log-?\s?likelihood|(?:down|go|going|run|"
            r"runs)\s+back(?:wards?)?\s+in\s+time",
            r"(?:the\s+)?derivative\s+of\s+tanh(?:\(\w+\))?(?:\s+is)?|d[ée]riv[ée]+\s+de\s+tanh|ableitung\s+von\s+tanh|"
            r"ableitung\s+des\s+tanh",
            r"(?:using\s+|with\s+|mit\s+|avec\s+)?tanh\s*['′’]\s*(?:\(\w+\))?\s*(?:=|is|ist|est)\s*1\s*[-−–]\s*tanh\s*(?:(?:\^2|²|"
            r"\*\*2)\s*(?:\(\w+\))?|(?:\(\w+\))?\s*(?:\^2|²|\*\*2))",
            r"1\s*[-−–]\s*tanh(?:\^2|²|\*\*2)\s*(?:\(\w+\))?|1\s*[-−–]\s*tanh\s*(?:\(\w+\))?\s*(?:\^2|²|\*\*2)",
            r"nothing\s+else\s+depends\s+on\s+it|as\s+(?:was\s+)?to\s+be\s+(?:shown|proved|proven)|as\s+usual|of\s+course",
            r"[HDKTN]\s*[x×]\s*[HDKTN1](?:\s+matrix)?|shape\s+\([HDKTN]\s*,\s*[HDKTN1]\)",
            r"(?:with|in|by|for|,)?\s*respect\s+to",
            r"(?:us(?:e|es|ing)|with|by|after|apply(?:ing)?|mit|durch|avec|en\s+(?:utilisant|appliquant)|on\s+applique|appliquant|"
            r"utilisant)\s+(?:the\s+|der\s+|la\s+|les\s+|our\s+)?"
            r"(?:(?:multivariate|multivariable|same|matrix|usual|standard)\s+)?(?:chain\s+rule|product\s+rule|chain|rules?|"
            r"definitions?|results?|notation|above|kettenregel|"
            r"produktregel|definition|règles?|formule|formula|equations?|lecture|backprop\w*|shared\s+weights|column\s+vectors)",
            r"(?:inserting|substituting|plugging|einsetzen)\s+(?:this\s+|these\s+)?(?:in(?:to)?|back|both|everything|the\s+(?:above|"
            r"definitions?|results?))",
            r"(?:partial|total|partielle\w?|totale|innere|äußere)\s+(?:derivatives?|ableitung(?:en)?)|dérivées?\s+partielles?",
            r"candidate\s+(?:state|gate|activation|hidden|memory|cell)|(?:forget|reset|input|output)\s+gates?",
            r"final\s+(?:answer|result|formula|gradient|expression|equation)|start(?:ing|s)?\s+(?:from|with|at)\s+the\s+(?:output|"
            r"loss|definition|chain\s+rule|forward\s+pass)",
            r"we\s+(?:now\s+|also\s+|then\s+)?need|(?:over|across|along)\s+(?:the\s+)?(?:sequence|steps|time)|"
            r"(?:the\s+)?local\s+(?:slope|derivative|gradient)",
            rf"T\s+{IS}\s+(?:the\s+|die\s+|le\s+)?(?:total\s+)?(?:number\s+of\s+(?:time\s*)?steps|anzahl\s+der\s+zeitschritte|"
            rf"nombre\s+de\s+pas\s+de\s+temps|"
            r"length\s+of\s+the\s+sequence|sequence\s+length)",
            r"(?:two|three|four|five|six|seven|eight|nine|ten|zwei|drei|vier|deux|trois|quatre)\s+(?:books|equations|gates|gradients|"
            r"parameters|quantities|formulas|"
            r"weight\s+matrices|gleichungen|équations|formules)",
            r"(?:the\s+)?loss(?:es)?\s+(?:(?:is|are)\s+)?(?:summed|added\s+up|the\s+sum\s+(?:of|over))|the\s+sum\s+(?:runs|goes)\s+over",
            rf"applied\s+(?:to\s+{NAME}(?!\w)|elementwise|element-wise|at\s+each\s+step)|(?:holds|valid|true|gilt)(?=\s+(?:that|"
            rf"for\s+all|for\s+every|for\s+each|für\s+alle))",
            r"end\s+of\s+(?:the\s+)?(?:proof|derivation)|ende\s+des\s+beweises|fin\s+de\s+la\s+(?:preuve|démonstration)|sum\s+rule|"
            r"tak(?:e|ing|en)\s+into\s+account",
            r"(?:computed|derived|shown|defined|seen|found|obtained)\s+(?:before|earlier|previously)|previously\s+(?:computed|derived|"
            r"shown|defined|found)",
            r"(?:zuvor|vorher)\s+(?:berechnet|hergeleitet|gezeigt)|(?:at|for)\s+the\s+(?-i:t)-?th\s+(?:time\s+)?step|"
            r"(?:time\s+)?index\s+(?-i:t)(?!\w)",
            r"(?:backprop\w*|gradient|back)\s+through\s+(?:the\s+)?tanh(?!\w)|we\s+(?:will|shall)\s+need\s+(?:that|this|"
            r"it)\s+(?:later|below)",
            rf"(?:one|an?)\s+outer\s+product\s+(?:per|for\s+each)\s+(?:time\s*)?step|(?:the\s+)?same\s+(?:shape|size|"
            rf"dimensions?)\s+as\s+{NAME}(?![\w^])",
            rf"chain\s+rule\s+(?:over|through|via|along)\s+{NAME}(?:\s+and\s+{NAME})?(?![\w^])|\(?[HDKTN]\s*,\s*[HDKTN1]\)|"
            rf"(?:scalar\s+)?loss\s+[LEJ](?![\w^_])",
            r"loss\s+is\s+(?:a|the)\s+sum(?:\s+(?:of|over))?|scalar\s+loss|the\s+sum\s+comes\s+from|"
            r"(?:with\s+)?T\s+(?:is\s+)?the\s+sequence\s+length",
            r"(?:answer|solution|lösung|antwort|réponse)\s+(?:(?:to|zu|à)\s+)?(?:\(?\d+\)?(?:\s*\(?[a-h]\)?)?|\(?[a-h]\))|"
            r"error\s+before\s+the\s+(?:activation|nonlinearity|tanh)",
            r"(?:combining|putting|taking|adding)\s+both|both\s+(?:are|sides)|by\s+linearity|weights\s+are\s+tied|(?:from|by|see|using|mit|aus|"
            r"cf\.?)\s+\(\d+(?:\.\d+)*[a-z]?\)",
            r"in\s+other\s+words|just\s+the\s+chain\s+rule|applying\s+it|tanh\s*['′’]\s*(?:\([^()]*\))?\s*(?:=|is|ist|est)(?=\s*;)",
            r"contribut(?:es?|ing)\s+(?:to|an\s+outer\s+product)|contributions?\s+(?:of|from)\s+(?:all|every|each|both)",
            r"(?:initial(?:ised|ized)?|starting|ending|terminal|boundary)\s+(?:with|value|condition)(?=\s*(?:;|:|d|δ|$))|"
            r"or\s+in\s+(?:vector|matrix)\s+(?:form|notation)",
            r"(?:for|of)\s+(?:the|a|an|our)\s+(?:(?:hidden-to-hidden|input-to-hidden|hidden-to-output|vanilla|simple|elman|whole|"
            r"entire|lstm|gru)\s+)*(?:rnn|lstm|gru|cell|parameters|network|weights|matrix|sequence)",
            r"(?:with|mit)\s+(?:this|these|that)(?:\s+\w+)?\s+we|(?:for|für)\s+(?:den|die|das|der)\s+(?:(?:verdeckten?|rekurrenten?|"
            r"versteckten?)\s+)?(?:\w*zustand|gewichte|\w*schicht|ausgabe|bias)",
            r"(?:the\s+)?errors?\s+(?:coming|flowing|propagated|from\s+the)|in\s+order\s+to|(?:one|the\s+other)\s+(?:path|from|via|"
            r"through|comes)",
            r"(?:gradient|derivative)\s+before\s+the\s+(?:activation|nonlinearity|tanh)|deep\s+learning|one\s+by\s+one|"
            r"step\s+by\s+step|that\s+is",
            r"softmax\s+(?:with|and|mit|und|avec|et)\s+(?:the\s+)?cross[- ]entropy|bias\s+is\s+added(?=\s+(?:at|in)\s+(?:each|every)\s)",
            r"and\s+the\s+second(?:\s+(?:term|one))?(?=\s+the\s)|recursion\s+(?:starts?|begins?)\s+with(?=\s+[dδ])|passed\s+on\s+to",
            rf"{NAME}\s+(?:is|has\s+(?:the\s+)?shape|:|∈)\s*[HDKTN]\s*[x×]\s*[HDKTN1]|error\s+at\s+the\s+(?:output|scores)",
            r"(?:vector\s+)?(?:of|with)\s+(?:length|size|dimension)\s+[HDKN]|(?:with\s+|of\s+)?shape\s+(?:\([HDKTN]\s*,\s*[HDKTN1]\)|\(?[HDK]\)?(?!\s*[x×,*]))",
            rf"(?:begin|start)\w*\s+(?:with|from|at)\s+the\s+(?:last|final|output)\s+layer|(?:definition\s+of|(?<=reasoning\s)as\s+for)\s+{NAME}(?![\w^])|"
            r"adding\s+up(?=\s+the\s+(?:contributions|gradients))",
            r"(?:weights?|bias(?:es)?|parameters?|matri(?:x|ces))\s+(?:is|are)\s+the\s+same(?=\s+(?:at|in|for)\s+(?:each|every|all)\s)|"
            r"(?:for|of)\s+(?:the\s+)?softmax(?!\s*\()",
            r"no\s+(?:future|next|recurrent)\s+(?:term|step|state|contribution|gradient)\s+(?:at|after|beyond|for)\s+the\s+(?:last|final)\s+"
            r"(?:time\s*)?step|contributions?\s+adds?\s+up|(?:dass|da)\s+(?:der|die|das|es|wir|man)|in\s+jedem\s+(?:zeit)?schritt\s+gleich",
            r"(?:où|avec)?\s*[⊙*∘]\s*(?:est|désigne)\s+(?:le\s+)?produit\s+(?:terme\s+à\s+terme|de\s+hadamard)|^candidate$|"
            r"(?:gradient|derivative)\s+of\s+the\s+candidate",
            r"(?:from|of)\s+the\s+future|aus\s+der\s+zukunft|du\s+futur|pas\s+de\s+temps|dans\s+le\s+temps|nach\s+der\s+zeit",
            r"(?:for|für|pour)\s+(?:(?:the|its|die|den|das|le|la|les)\s+)?(?:ausgabe|eingabe|ausgangs|eingangs)?(?:gewichte|bias)|"
            r"pour\s+(?:le|les|la)\s+(?:biais|poids)(?:\s+(?:de\s+sortie|d'entrée))?|for\s+(?:its|the)\s+(?:(?:output|input|hidden|readout|"
            r"recurrent)\s+)?(?:bias|weights|matrix|vector)|for\s+softmax\s+(?:and|with)\s+cross-entropy|softmax\s+with\s+cross-entropy|"
            r"(?:as|like)\s+before|agrees\s+with|using\s+this|difference\s+between\s+(?:the\s+)?prediction\s+and\s+(?:the\s+)?target|"
            r"(?:are\s+)?the\s+same\s+(?:at|in)\s+(?:each|every)\s+(?:time\s*-?)?step|(?:the\s+)?error\s+(?:at|of)\s+the\s+"
            r"(?:output|hidden\s+state)|tous\s+les\s+pas\s+de\s+temps",
            r"^(?:first|next|last|lastly|firstly|secondly|zuerst|zunächst|d'abord)(?:\s+of\s+all)?,?(?!\s+(?:time|step))",
        )
    ),
    re.IGNORECASE,
)
MARKS = re.compile(
    r"^\s*(?:\*\s+(?!is\b|means|denotes|ist\b|est\b|stands|=|:)|\*+(?=\w))|(?<=\w)\*+\s*$|\\(?:item|text\w*|mathrm|mbox|emph|"
    r"(?:sub)*section\*?|paragraph|noindent|quad|qquad)(?![a-z])\*?[\s{]*|[✓☑∎■□⇒⟹→•●▪‣]|=>|-->?"
)
INTRODUCED = re.compile(
    rf"(?:(?:^|[,;(])\s*(?:with|mit|avec|where|wobei|où)\s+({NAME})\s+|(?<![\w\\^])(?:let\s+)?({NAME})\s+(?:here\s+)?{IS}\s+|"
    rf"(?<!\w)(?:denote\s+by|write|use)\s+({NAME})\s+(?:for\s+)?)"
    r"(?:the|a|an|our|der|die|das|le|la|l['’]|un|une)\b\s*((?:[^\s,.;()]+\s*){1,10})",
    re.IGNORECASE,
)
GERMAN_END = re.compile(rf"(?<![\w\\^])({NAME})()()\s+(?:der|die|das)\s+([^,.;()]+?)\s+(?:ist|sind|bezeichnet)\b")
VERB = (
    r"(?:influences?|affects?|enters?|appears|depends?|reaches|feeds|goes|flows|beeinflusst|geht|hängt|intervient|dépend|"
    r"(?:is|are)\s+used\s+(?:by|in))"
)
FLOWS = re.compile(
    rf"(?<![\w\\^])({NAME})(\s+{VERB})(?![\w-])(?=(\s+(?:(?:on|in|into|von|dans|de)\s+)?(?:{NAME}(?![\w^])|the\s+loss|through|via|"
    rf"both|all|every|each|"
    r"den\s+verlust|la\s+perte))?)",
    re.IGNORECASE,
)
TWICE = re.compile(
    rf"(?<!\w)(?:{NAME}\s+)?(?:(?:is|are|was)\s+(?:used|needed)|appears|enters|occurs|wird\s+verwendet)\s+(?:twice|zweimal)(?!\w)",
    re.IGNORECASE,
)
RESPECT = re.compile(
    rf"(?:(?:(?:with|in|by)\s+)?respect\s+to|w\.?r\.?t\.?|nach|bezüglich|bzgl\.?|of|von|für|for|rapport\s+à)\s+(?:the\s+(?:bias|pre-?activation|(?:hidden\s+)?state|(?:weight\s+)?matrix|weights)\s+)?({NAME})(?!\s*=|[\w^{{\[(ᵀ'.])",
    re.IGNORECASE,
)
TRANSPOSED = re.compile(r"^transposed\s+weights?(?:\s+matri(?:x|ces))?\s*:?$", re.IGNORECASE)  # what a line is headed
TURNED = re.compile(r"=.*[WUV](?:_\{?\w+\}?)?\s*(?:\^\s*\{?\s*(?:T|\\top|⊤)|ᵀ|\.T|')")
OF_MATRICES = re.compile(
    r"\b(?:is|means|being|denotes?)\s+(?:a|the)\s+(?:matrix|outer|inner|dot)\W+(?:product|multiplication)", re.IGNORECASE
)
KINDS = {  # what is in the name of a weight that is called so
    "input|eingabe|entrée": "[xiU]",
    "output|ausgabe|sortie": "[yqoV]",
    "recurrent|rekurren|récurren|hidden-to-hidden": "h[a-pr-wz]|^W$|^U",
}
ASKED = re.compile(
    r"(?:gradients?|derivatives?)\s+(?:of|for|with\s+respect\s+to|w\.?r\.?t\.?)\s+the\s+(input|output|recurrent)(?:\s+(?:weights?|bias|"
    r"(?:weight\s+)?matrix))?(?:\s+(?:is|are|equals))?\W*$"
)
OTHERWISE = re.compile(
    r"(?:respect\s+to|w\.?\s?r\.?\s?t\.?|bezüglich|bzgl\.?|rapport\s+à)\s+(\S*\w[_^\[ᵀ'′]\S*|[A-Z](?![\w.]))|sum\s+of\s+(?:this|that|it)(?!\w)",
    re.IGNORECASE,
)
SLOPE = re.compile(r"1\s*[-−–]\s*\S+")
LABEL = re.compile(
    r"^(?:\(\d+(?:\.\d+)*[a-h]?\)|\(?[a-h]\)|(?:step|schritt|étape)\s+\d+[.:)]*|\(?[ivx]+\)|[qaQ]\d+|\d+(?:\.\d+)*[.:)]|"
    r"\d+(?:\.\d+)+)(?=\s|:|$)",
    re.IGNORECASE,
)
GOES = re.compile(
    rf"((?:through|via|into|on|enters?|affects?|influences?|reaches|and|both|by|über|in|von|par|et|und|of)\s+|,\s*){NAME}(?![\w^{{\[(])",
    re.IGNORECASE,
)
SAID = frozenset(
    "same because since that weil da dass dieselbe car que where matrix weights state of".split()
)  # in front of what is asked for
BRACKETED = re.compile(r"\(([^()]*[^\W\d_]{3}(?:[^()]|\([^()]*\))*)\)\.?")
FORMULA = re.compile(r"(?:[^\s,;.!?:()\"]|(?<=\w)\(|\((?=[^\s()]*\))|(?<=[\w}])\)|\.(?=\w)|,(?=\w))+")
APART = re.compile(r"[\s_{}()\[\],$\\*·]|mathrm|text")
SPELLED = re.compile(r"[^\W\d_]+(?:[-.'’][^\W\d_]+)*\.?")


@functools.lru_cache(maxsize=4096)
def unread(words: str, line: str = "") -> str:
    """The first piece of some words beside an equation that is not known to leave it as it is; empty where all are. ``line``: the equation.

    >>> [unread(words) for words in ("by the chain rule, see eq. (10.2)", "for all t = 1..T", "wobei h_t der verdeckte Zustand ist")]
    ['', '', '']
    >>> unread("the sign is the other way round"), unread("with h_t", "dW = Σ_t da_t h_{t-1}^T"), unread("summing", "db = Σ_t da_t")
    ('sign', 'with', '')
    """
    if len(words) > LONG or "?" in words or "~~" in words or re.search(r"[✗✘❌]|\\[xb]?(?:cancel|sout)", words):
        return words.strip()
    line = line if len(line) <= WIDEST else ""
    known = WORDS.union(*(more.casefold().split() for sign, more in ALSO if re.search(sign, line)))
    pieces = {APART.sub("", piece) for piece in (line, *FORMULA.findall(line))} - {""}
    text = MARKS.sub(" ", words).replace("`", " ").replace("**", " ").replace("$", " ").strip(" #%/_>\"'")
    text = BRACKETED.sub(r"\1", text) if BRACKETED.fullmatch(text) else text
    text, left = LABEL.sub("", text), {APART.sub("", name) for name in re.findall(rf"(?<![A-Za-z]){NAME}", line.partition("=")[0])}
    left |= {name[1:] for name in left if name[:1] in "d∂δ"}
    weight = next((name for name in sorted(left) if re.match(r"[WUVb](?![a-z]{4})", name)), "")
    if weight and (found := ASKED.search(text)) and not all(re.search(x, weight) for of, x in KINDS.items() if re.search(of, found[1])):
        return found[0]
    for introduced in (INTRODUCED, GERMAN_END):
        text = introduced.sub(_meant, text)
    if "\0" in text:
        return text.partition("\0")[2].split()[0]
    text = RESPECT.sub(lambda found: " ; " if APART.sub("", found[1]) in left else found[0], text)
    if other := OTHERWISE.search(text):
        return other[1] or other[0]
    if re.search(r"[*⊙∘]|\\odot|\\circ", line) and (other := OF_MATRICES.search(text)):
        return other[0]
    whole = APART.sub("", line)
    text = SLOPE.sub(lambda found: " ; " if re.search(re.escape(APART.sub("", found[0])) + r"(?![\^²*\w])", whole) else found[0], text)
    text = TRANSPOSED.sub(" ; ", text) if TURNED.search(line) else text
    text = TWICE.sub(" ; ", text)
    if re.search(rf"(?<!\w){VERB}(?!\w)", text):
        own = left | pieces
        text = GOES.sub(r"\1;", FLOWS.sub(lambda found: f" ; {found[2]}" if found[3] or APART.sub("", found[1]) in own else found[0], text))
    text = PHRASES.sub(" ; ", text)
    if re.search(r"\b(?:outer|äußere\w*|extérieur)\b", text):
        pieces |= {re.sub(r"(?:\^?T|ᵀ|\.T|\^top)$", "", piece) for piece in pieces}
    if APART.sub("", text.strip(" :")) == APART.sub("", line.partition("=")[0]) != "":  # a label
        return ""
    said, alone = False, ""
    for found in FORMULA.finditer(text):
        piece = found[0].strip("-–—'\"*_#=…").strip()
        piece = piece.rstrip(")") if piece.count(")") > piece.count("(") else piece
        if not piece:
            if found[0].strip("-–—'\"_#…") in ("*", "="):
                return found[0]
            continue
        lower = piece.casefold().replace("’", "'")
        if SPELLED.fullmatch(piece) and len(piece) > 1 or lower in ("a", "i", "à", "l"):
            parts = [lower] if lower.rstrip(".") in known else [part for part in lower.rstrip(".").split("'") if part]
            if all(
                part.rstrip(".") in known or len(part) > 4 and part not in ("times", "parts") and part.removesuffix("s") in known
                for part in parts
            ):
                said = said or len(piece) > 1
                continue
            if APART.sub("", piece) not in pieces:
                return piece
        before = text[: found.start()].split()
        if APART.sub("", piece) in left and "".join(before[-1:]).casefold() in SAID:
            continue
        if APART.sub("", piece) not in pieces or before and before[-1].casefold() in ("for", "für", "pour", "by", "to", "as"):
            return piece
        alone = alone or piece
    bare = text.strip() != "" and not re.search(r"[;\w]", text) or re.search(r"[-+*/=^@×⊙∘−]", text)  # signs alone
    return "" if said else alone or words.strip() * bool(bare)


def _meant(found: re.Match[str]) -> str:
    """What is left of a phrase that says what a letter stands for: nothing of the letter if it is what books call so."""
    name = found[1] or found[2] or found[3]
    of = re.sub(r"^(?:\\delta|\\partial\s?|[d∂])_?(?=.)", "", name) if name[0] in "d∂\\" else name
    letter = "a" if name[0] in "δσ" or name.startswith("\\delta") else of[0]
    roles = ROLES.get(letter)
    said = re.sub(rf"(?:with\s+respect\s+to|w\.?r\.?t\.?|nach|at)\s+(?:the\s+[\w-]+\s+)?{re.escape(of)}[\s:]*$", " ; ", found[4])
    others = any(re.search(rf"\b(?:{more})", found[4], re.IGNORECASE) for key, more in ROLES.items() if key not in "LEJt")
    if of != name or letter != name[0]:
        roles = roles if others else "gradient|derivative|error|ableitung|dérivée|delta"
        named = re.search(rf"(?:{roles})", found[4], re.IGNORECASE) if roles else None
    else:
        named = re.match(rf"(?:\S+\s+){{0,3}}(?:\S*)(?:{roles})", found[4], re.IGNORECASE) if roles else None
    told = [names for words, names in KINDS.items() if name[0] in "WUVb" and re.search(words, found[4], re.IGNORECASE)]
    return (
        f" ; {said}"
        if named and all(re.search(names, name) for names in told)
        else f"\0{name} {found[4]}"
        if roles and others
        else found[0]
    )
