"""Which words are known to leave an equation beside them as it is, in English, German and French; what books call their letters."""

from __future__ import annotations

ENGLISH = """a an the this that these those it its we us our i you let is are be been being was has have having does do did get gets getting
got obtain obtained obtaining give giving given yield yielding yielded follow become write written writing compute computed computing
calculate calculated calculating derive derived deriving derivation find finding found show shown showing proof proves proven see recall
note notice observe call called define defined definition denote denoting set implies implied imply namely want wanted ask asked and so then
thus hence therefore also as by because since from of in on via through where which how now here there finally similarly analogously
likewise again directly simply already exactly indeed clearly obviously all every each above below everything together way to into back
backward upstream downstream incoming combining combine collecting collect simplifying simplifies flow flowing coming goes going propagate
propagated propagating reaches affects depend dependence appears occurs used shared sharing share gradient derivative differential
differentiate differentiating differentiation jacobian loss losses cost objective function signal weight matrix vector column parameter bias
biases state hidden output input recurrent layer unit cell gate memory network net notation rnn lstm gru bptt backprop backpropagation
backpropagated backpropagate backpropagating forward pass recursion recursive recursively recurrence unrolled unrolling unroll graph node
time step timestep sequence activation preactivation pre-activation nonlinearity non-linearity nonlinear softmax logit score probability
probabilities prediction target label one-hot cross-entropy entropy chain rule product expression slope matrix-vector multivariate
multivariable standard usual general form compact vectorised vectorized answer solution result equation eq eqs formula identity lemma
question exercise problem section task lecture slide book chapter page class course textbook handout homework assignment qed done required
desired claim model map respect wrt w.r.t i.e e.g cf what at fully connected total putting running runs run readout embedding my me can will
moreover furthermore consequently accordingly summary summarise summarize summarising summarizing overall altogether look looking consider
considering considered turn continue proceed paper tutorial sheet script recitation hand worked working out work acts act acting diagonal
expressed express known easily straightforward immediately thereby due according respectively important main simple basic key idea
explanation explain explained reason intuition intuitively interpretation comment remark hint calculation computation quantity quantities
variable dimension match matches fit fits consistent explicit explicitly implicit implicitly dependency dependencies entire whole
computational edge arrow arrive arriving reach reached travel many several multiple vanilla elman neural deep inside hidden-to-hidden
input-to-hidden hidden-to-output sol ans eqn ex hw checked verified numerically ok yes good voila finished boxed box consequence theorem
fact formally mathematically carries carry carried picture figure diagram lead leading bring rewrite rewriting rewritten rearranging
rearrange begin unfolding unfolded unfold across along during always they them their introduce introducing introduced abbreviation short
shorthand e.g. error-signal delta such well respective corresponding correspond own self-explanatory like topic title name date group team
student initial initialise initialize careful caution interesting thank relative class index vanish vanishing explode exploding seen
expected uses following based receive connect fed feed easy exact precisely analytically analytical symbolic symbolically typed source ref
reference literature article blog website video notebook code numpy pytorch implementation implemented python week module session exam quiz
professor prof teacher semester information dynamics temporal sequential causal feedback loop intermediate auxiliary helper sought goal aim
trainable equivalently equivalent whose who whom full thanks whereby wherein therein hereby calculus algebra many-to-many language
contributions contributing appendix supplement bullet item list view viewed viewing think thought intuitive make sense there's let's that's
it's we've i've what's here's were reused re-used shape dims size entry entries element noted noting observing observed tell stated
requested recap review background setup setting preliminaries preparation conclude conclusion concluding complete various separately jointly
individually described describe description discussed discuss mentioned mention presented present taught grad param deriv autograd tape
sketch line moving walking trivially trivial basically interest step-by-step know encoded come remember convention started go proceeding
enter contribute analogous treated copy copies resulting solved solve draw drawn pick sits separate local hope readable wrote hi hello dear
regards cheers combined collapse nice nicely particularly very successor predecessor outgoing ingoing reverse-mode closest between within
among throughout towards belong check agree finite differences numerical numeric particular argument reasoning approach method technique
computation-graph hyperbolic tangent consist connection routes feeding handed submission submitted teaching lab practical collected gather
gathered elman's recipe strategy plan outline overview structure architecture symbols cross reading reader marker grader grading
deep-learning machine machine-learning lecturer tutor feel free happy interesting familiar remembering recalling looked pieces assemble
assembling assembled arrived passing traverse traversing visit visiting processed process processing produce produced producing generate
influenced influencing affected affecting determines determined meanwhile correspondingly essentially naturally evidently plainly purely
mechanically routine classic classical classification elegant neat tidy clean brief briefly detail detailed fully-connected well-known
linearly component children child node's finishes nonlinearities hard values words using bonus sides mechanical imagine"""
GERMAN = """anwendung rekursionsformel der die das den dem des ein eine einer einem einen dieser diese dies es man wir ich uns und dann
somit damit daher deshalb folglich daraus hieraus demnach nun jetzt hier weil denn dass wobei wo nach von vom aus über durch im ins auf zu
zum zur als wie ist sind wird werden wurde gilt folgt folgen ergibt ergeben erhält erhalten bekommt bekommen gibt lautet heißt liefert haben
hat berechnen berechnet berechnung bestimmen bestimmt eingesetzt einsetzen zusammen zusammengefasst insgesamt siehe vgl vorlesung skript
folie folien übung blatt aufgabe lösung antwort ergebnis gleichung formel herleitung beweis schritt zeitschritt zeitschritte zeitschritten
zeit alle aller allen jeder jede jedem jeden beide beiden gradienten ableitung ableitungen verlust verlustes verlustfunktion fehlersignal
fehlerrückführung gewichte gewichten gewichts gewichtsmatrix matrizen vektor vektoren spaltenvektor spaltenvektoren zustand zustände
zuständen verdeckte verdeckter verdeckten versteckte versteckter versteckten ausgabe eingabe ausgang eingang ausgabeschicht schicht
schichten zelle gatter netz netzes rekurrent rekurrente rekurrenten aktivierung voraktivierung aktivierungsfunktion nichtlinearität
kettenregel produkt produkte rückwärtslauf rückwärts vorwärts vorwärtslauf rekursion rekursiv hängt ab fließt zurück geht beeinflusst
gemeinsam gemeinsame gemeinsamen analog ebenso ähnlich schließlich betrachten gesucht gesuchte bezeichnet sei entspricht q.e.d w.z.b.w wzbw
fertig matrixform vektorform habe berechne rechnung rechne rechnen zwischenergebnis endergebnis sich kann können sehen sieht schreiben
geschrieben lassen lässt betrachte danach anschließend zusammenfassend entsprechend deswegen dadurch hiermit hierbei hierfür dafür dazu
deren dessen welche welcher sowie d.h gleichen selben gesamt gesamte gesamten gesamtverlust rekurrenz netzwerk neuronale verwendet benutzt
wirkt beeinflussen trägt fließen fluss abhängigkeit abhängigkeiten satz regel oben unten hausaufgabe übungsblatt tutorium parametern
ausgabegewichte eingabegewichte rekurrenter gesuchten bezüglich kette zeitlich zurückgeführt geteilt fertige dabei gesehen gezeigt bewiesen
erwartet basierend gemäß laut einfach genau bereits schon auch ja bekannt bekannte bekannten buch literatur übungsgruppe gruppe
matrikelnummer nebenrechnung zusammenfassung bemerkung anmerkung hinweis gleiche derselbe dieselbe dieselben denselben läuft laufen gegeben
gegebenen ziel teilaufgabe sprich nämlich woraus weiter weiterhin ferner außerdem zudem schlussendlich letztendlich jeweils beiträge
beiträgen rückpropagation lernbaren rückwärtspass vorwärtspass rückwärtsgleichungen ausdruck ausdrücke größe größen leiten leite hergeleitet
wiederverwendet dimensionen elemente beschrieben erklärt erklärung rechenweg rechenschritt lauten zellzustand zunächst zuerst erhalte leicht
sofort unmittelbar sowohl eingeht eingehen bekanntlich taucht auftritt schreibe notiere lösungsvorschlag ausgabefehler vorwärtsgleichungen
her da achtung einfache einfachen einfacher einfachem kreuzentropie entropie vorkommt vorkommen kommt kommen muss müssen summieren hinten
vorne angefangen ausrechnen ausgerechnet rechnet benutze benutzen nutzen nutze noch nachfolger nachfolgern vorgänger berechnungsgraph
berechnungsgraphen graphen knoten kante kanten besteht bestehen geteilten logistische logistischen regression tangens hyperbolicus wirken
daraufhin biasvektor biasvektoren parametermatrizen gewichtsmatrizen maschinelles lernen tiefes abgabe gleichungen formeln ableiten
abgeleitet abzuleiten hinweg durchlaufen durchläuft einsammeln gesammelt sammeln entlang ausgehenden ausgehende eingehende eingehenden
verzweigt verzweigung elementweise komponenten komponente ausgangsschicht eingangsschicht einheit einheiten einmal wissen weiß kennen kenne
vorlesungsskript mitschrift notizen vorgerechnet gerechnet bildet bilden entsteht entstehen liegt liegen erst-einmal hallo grüße viele
schöne danke bewertung stelle stellen beim aufs fürs unterm vektorwertig ausgabebias eingabebias genauso ausgangsgewichte eingangsgewichte
lösungen klausurvorbereitung bekanntermaßen ausgabematrix eingabematrix zeilenvektor softmax-funktion verwende bezeichnungen hindurch
antworten begründung justification vorüberlegung kombination funktionswert teil verborgene verborgenen verborgener zeigt entfaltete"""
FRENCH = """le la les l un une du de d au aux ce cette ces cela ça c nous je j il elle et donc ainsi alors puis ensuite enfin car parce que
qu comme où par dans sur vers à en est sont être ont avoir obtient obtenons obtenir donne donnent trouve trouvons écrit s suit résulte
déduit règle chaîne dérivation dérivée dérivant perte coût fonction réseau récurrent récurrente couche cachée caché état sortie entrée poids
biais matrice vecteur temps instant tout tous toute chaque produit rétropropagation rétropropage rétropropagé calcul calculer calculons
calculé calcule exercice réponse résultat cours équation formule voir démonstration dépend intervient passe pré-activation préactivation
notons même façon manière sachant rapport finalement rappel rappelons partagé après selon d'après cqfd appliquons appliquant applique
définition démarche agit influence dépendance ceci peut pouvons écrire exprimer regardons maintenant résumé bref remarque remarquons grâce
feuille devoir étape finale fini final voici voilà vient viennent remonte propage récurrence déduire cherché cherche cherchons vu vue
attendu basé ici là aussi également qui dont leur connu connue donné donnée cherchée chapitre livre groupe nom étudiant preuve récursion
récursive arrière simplement immédiatement utilisons utilisant utiliser entre dérive dérivons dériver tangente hyperbolique vaut valent sert
servent servir colonne additionne additionnons croisée commence commençons commencer remontons remonter traversons traverser non-linéarité
linéarité interviennent intervenir successeur prédécesseur graphe nœud arête sortante paramètre maison relation réutilise passons passer
arrivent provenant provient proviennent regroupe regroupons collecte collectons propageons propager rétropropageons savoir sait savons
connaît appelle appelons dit disons précisément clairement directement bonjour merci cordialement cahier numéro séance apprentissage profond
neurone unité composante chaînage différentielle jacobienne diagonale classique utilisée utilisé corrigé soit bien facilement voit rappelle
totale c'est qu'on réseaux suite démontrer démontré démontre déduisons reçoivent puisque réutilisés élément décrit expliqué explication
ligne montré montre montrer abord utilise partie erreur"""
SPANISH = """el los las una del por para se obtiene obtenemos tenemos tiene regla cadena capa salida oculta oculto estado peso pérdida
gradiente derivada derivamos derivando primero ahora luego después finalmente solución respuesta ejercicio entonces caminos sesgo matriz
tiempo paso cada todo parte recurrente red aplicando aplicamos usando comparten compartidos hacia atrás retropropagación donde respecto
resultado siguiente"""
WORDS = frozenset(f"{ENGLISH} {GERMAN} {FRENCH} {SPANISH}".casefold().split())


def harmless(word: str) -> bool:
    """Whether a word is known to leave an equation as it is.

    >>> harmless("computing"), harmless("gradients"), harmless("weighted")
    (True, True, False)
    """
    return word in WORDS or len(word) > 4 and word not in ("times", "parts") and word.removesuffix("s") in WORDS


ALSO = [  # what may be said of an equation that has such a sign
    (r"^[^=]*[_\[]\s*\{?T\b", "last final letzten letzter dernier"),
    (
        "Σ|∑|[Ss]um|\\+=",
        """sum sums summed summing summation accumulate accumulated accumulates accumulating aggregate up summe summiert summieren
     aufsummiert somme sommes sommer sommant""",
    ),
    (
        "[tT]\\s*[-−–]\\s*1",
        """previous preceding prior vorherige vorherigen vorherigem vorheriger vorigen vorige vorangehenden précédent précédente""",
    ),
    (
        "[tT]\\s*\\+\\s*1|next",
        """next future following subsequent nächste nächsten nächster folgenden zukunft zukünftigen futur suivant suivante""",
    ),
    ("tanh|1\\s*[-−–]", """tanh"""),
    (
        "outer|\\^?\\s*\\{?\\s*(?:T|\\\\top|\\\\intercal|′|')(?![A-Za-z])|ᵀ|\\.T",
        """outer dyadic äußere äußeren äußeres dyadisches äußerer extérieur extérieurs tensoriel""",
    ),
    (
        "[*⊙∘]|\\\\odot|\\\\circ",
        """elementwise element-wise componentwise component-wise pointwise entrywise hadamard elementweise elementweises
     elementweisen komponentenweise komponentenweises hadamard-produkt""",
    ),
]
ROLES = {  # what books call their letters
    "h": "hidden|state|verdeckt|versteckt|zustand|état|cach",
    "a": "pre-?activation|voraktivierung|pré-?activation",
    "z": "pre-?activation",
    "s": "scores?|logits?",
    "p": "probabilit|softmax|prediction",
    "y": "target|label|one-hot|class|ziel",
    "x": "input|eingabe|entrée",
    "W": "weight|gewicht|poids|matri",
    "U": "weight|gewicht|poids|matri",
    "V": "weight|gewicht|poids|matri",
    "b": "bias|biais",
    "L": "loss|cost|objective|verlust|perte|coût",
    "E": "loss|cost|objective",
    "J": "loss|cost|objective",
    "c": "cell|memory",
    "t": "time|step|zeit|temps",
}
