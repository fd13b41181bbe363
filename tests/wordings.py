"""What people write beside, above and below their answers: words that leave an answer as it is, and words that change it."""

HARMLESS = r"""
gradient of the loss with respect to the hidden state; by the chain rule; By the chain rule we get; using the chain rule; from the chain
rule; answer; Answer:; final answer; Solution; Result; this is the result; Therefore we obtain; Hence; It follows that; so that; Thus; so
we have; we get; which gives; for t = 1..T; for t = 1, ..., T; for all t; for every time step; for each t; at every time step; at each
step; backward pass; backpropagation through time; BPTT; Backpropagation step; # Gradients; ## Hidden state; ### 3.2 Recurrent weights;
Part b; b); (2); Exercise 2; Question 3a; Problem 1.2; Step 1:; Output layer; Hidden layer; Recurrent layer; Weights and biases; QED;
q.e.d.; done; as required; as in the lecture; as shown in class; see the lecture notes; see slide 14; see equation (10.2); cf. Goodfellow
et al., eq. 10.20; Goodfellow, chapter 10; from the lecture; where h_t is the hidden state; where h_t = tanh(a_t); h_t is the hidden state
at time t; where a_t is the preactivation; here L is the total loss; L is the sum of the losses; where L denotes the loss; with L the
cross-entropy loss; where ds_t = p_t - y_t; T is the number of time steps; ^T denotes the transpose; where ⊙ is the Hadamard product;
where ⊙ denotes elementwise multiplication; the recursion runs backwards from T to 1; computed backwards in time; starting at t = T and
going backwards; Now we compute the gradient of the hidden state; Next we need the derivative with respect to the preactivation; We now
derive the gradient; Let us compute the gradient; The gradient flows back through time.; This is the error signal.; This is what we wanted
to show.; we write it in vector form; in matrix form; in vector notation; column vectors; all vectors are column vectors; Applying the
chain rule; Applying the chain rule once more; Putting everything together; Combining both; Similarly; Analogously; In the same way;
Finally; Kettenregel; nach der Kettenregel; mit der Kettenregel folgt; Daraus folgt; Damit gilt; also; somit; Gradient des Verlusts;
Ableitung nach den Gewichten; für alle t; für t = 1, ..., T; in jedem Zeitschritt; wobei h_t der verdeckte Zustand ist; Lösung:; Antwort;
Ergebnis; Aufgabe 2b); siehe Vorlesung; wie in der Vorlesung; Rückwärtslauf; Fehlerrückführung; règle de la chaîne; d'après la règle de la
chaîne; par la règle de dérivation en chaîne; donc; on obtient; on a donc; pour tout t; pour tous les pas de temps; gradient de la perte;
Réponse :; Solution :; voir le cours; où h_t est l'état caché; rétropropagation dans le temps; This follows from the chain rule.;
Derivation; My solution; Solution to problem 3; Homework 3; Gradients of the parameters; Gradient for the hidden-to-hidden weights;
backward equations; BPTT equations for the vanilla RNN; Equations of the backward pass; The result is; The gradients are:; Then; Next;
First,; Moreover,; Furthermore; Consequently; In summary; To summarise; Overall we get; Let us now look at the hidden layer.; Now the
weights.; Now for the recurrent weights:; Now we can compute the gradients of the weights.; With the above result we find; With these we
get the weight gradients; Using the result above; Plugging this in gives; This can be written as; which can be written in matrix form as;
or in vector form; Note that the weights are shared across time.; Recall that the loss is the sum over all time steps.; I used the chain
rule here.; I derived this on paper.; See my notes.; proof: see above; (shown in the tutorial); from the exercise sheet; as derived above;
as above; Die Ableitung ergibt sich aus der Kettenregel.; Für die Gewichte gilt; Für den verdeckten Zustand erhalten wir; Rechnung;
Zwischenergebnis; Endergebnis; Nous appliquons la règle de la chaîne; En dérivant la perte; Par définition; Les poids sont partagés; On
trouve; We start from the definition of the loss.; Derivative of the total loss; chain rule applied to s_t; Task 1; Assignment 2, problem
1; a) Hidden state; iii); Gradient computation; Derivation of the gradients; The backward pass:; Backward through time:; We have; We find;
It holds that; This gives us; so the gradient is; which is what we wanted; and so on; as expected; As seen in lecture 4; according to the
chain rule; based on the lecture slides; cf. lecture notes p. 12; See Goodfellow section 10.2.2; Let L be the total loss.; Let h_t be the
hidden state.; Let us define the error signal.; Here we use the chain rule.; For the hidden state:; For the output weights; For the
biases; For all time steps t; valid for all t; for all 1 <= t <= T; for t in 1..T; Note: shared weights; Remark: the weights are shared.;
Proof.; End of proof.; Summe der Beiträge aller Zeitschritte; Herleitung mit Kettenregel; Gradient bezüglich der Gewichte; Dies ist der
gesuchte Gradient.; für jeden Zeitschritt t; Die Lösung lautet; analog zur Vorlesung; Rekursion rückwärts in der Zeit; Gradient par
rapport aux poids; Calcul du gradient; pour t = 1, ..., T; on applique la règle de la chaîne; le résultat est; d'où; Gradient w.r.t. the
hidden state; This is the standard BPTT recursion.; This equation is called backpropagation through time; The loss at each step depends on
the hidden state; The chain rule gives us; Chain rule:; From this we obtain the gradient; so we get the following; Our result:; The final
result is; result of part a; as computed in part a); from part (a); see above; see also the slides; (chain rule); (proof in the lecture);
[Goodfellow, p. 385]; Ex. 2.1; Section 2; 2.3 Weight gradients; Input weights; Bias gradient; Output bias; We compute this backwards, from
t = T to t = 1; computed for every t; for every time step t; t = 1, 2, ..., T; ∀ t; I think of this as the error signal; With the product
rule; By definition of the network; Written in vector form:; Matrix notation; in numpy notation; Both are column vectors; Done!; Solution
of exercise 3 (b); Mit der Kettenregel erhalten wir; Gradient der rekurrenten Gewichte; Die Gewichte sind über die Zeit geteilt; Dabei ist
L der Verlust; Lösung zu Aufgabe 1; Formel aus der Vorlesung; D'après le cours; Par la règle de la chaîne, on obtient; Gradient total
"""

OF_PREACTIVATIONS = r"""
gradient of the preactivation; derivative of tanh; the derivative of tanh is 1 - h_t^2; since tanh' = 1 - tanh^2; tanh'(x) = 1 -
tanh(x)^2; because the derivative of tanh(a) is 1 - tanh(a)^2; elementwise product; where * is the elementwise product; element-wise;
Hadamard product; local derivative times upstream gradient; upstream gradient times local derivative; through the nonlinearity; through
the tanh; backprop through tanh; elementweises Produkt; Ableitung von tanh; produit terme à terme; dérivée de tanh; because h_t =
tanh(a_t); the product is elementwise; since tanh acts elementwise; The Jacobian of tanh is diagonal; diag(1 - h_t^2) acts elementwise;
gradient before the activation; tanh derivative; derivative of the activation function; elementwise, since tanh is applied elementwise;
where ⊙ means element-wise multiplication; gradient through tanh nonlinearity; pre-activation gradient; local gradient of tanh; using
tanh' = 1 - tanh^2; chain rule through tanh; multiply elementwise by the derivative of tanh; since h_t = tanh(a_t)
"""

OF_STATES = r"""
the gradient with respect to h_t; two paths; the loss depends on h_t in two ways; h_t influences the loss through s_t and a_{t+1}; because
h_t enters s_t and a_{t+1}; since h_t is used twice; h_t appears twice; the first term comes from the output, the second from the future;
from the output and from the next time step; output path plus recurrent path; sum of both contributions; with da_{T+1} = 0; where da_{T+1}
= 0; recursion backwards in time; backward recursion; this is the recursion; backpropagated error; zwei Pfade; The hidden state affects
the output and the next hidden state.; h_t affects both s_t and h_{t+1}; error coming from the output plus error coming from the next
step; gradient from the output layer and gradient from the next time step; at the last time step the second term is zero; the recursion is
initialised with da_{T+1} = 0; initial condition da_{T+1} = 0; total gradient of the hidden state; Der Zustand wirkt auf die Ausgabe und
den nächsten Schritt; l'état agit sur la sortie et sur le pas suivant; recurrent and output contributions; the future also depends on h_t;
error signal from the output layer and from the future; note that da_{T+1} = 0; h_t is connected to s_t and a_{t+1}; backwards recursion
for the hidden state; the hidden state receives gradient from two sources; sum of the two gradients; both gradients are summed; the
gradient arrives from the output and from step t+1; through the output and through the next state; here da_{T+1} := 0; gradient w.r.t.
h_t, total
"""

OF_WEIGHTS = r"""
gradient of the recurrent weights; the gradient with respect to W_hh; summing over time; sum over all time steps; summed over all time
steps; since the weights are shared over time; because the same weights are used at every time step; the weights are shared; shared
weights; outer product; sum of outer products; this is a sum of outer products; outer product of da_t and h_{t-1}; accumulated over time;
accumulate over time; Summe über alle Zeitschritte; summiert über die Zeit; somme sur le temps; We sum over t because W_hh is used at each
time step.; The weights are the same for all steps, so we sum.; contributions of all time steps are summed; Here we sum the contributions
from every step; every time step contributes to the gradient; total derivative with respect to the recurrent matrix; Die Gewichte werden
in jedem Schritt verwendet; the outer product sums over all time steps; the gradient accumulates over time; Because W_hh is shared, we sum
over t.; gradient for the recurrent weight matrix; same W_hh at each step; sum of all the gradients; summing the gradients of every time
step; accumulated gradient; since every time step uses the same matrix; outer product of error and previous hidden state; gradient of the
loss with respect to W_hh, summed over time; Summe der Gradienten über die Zeit; somme des gradients
"""

CHANGING = r"""
no, with h_t; then multiply by the learning rate; (the sign is the other way round); taking W_hh for W_hh^T; should be h_t here; I think
the sign is flipped; replace h_{t-1} by h_t; swap W_hh and W_hy; divide everything by T; averaged over the sequence; and then take the
transpose; plus the term from the previous step; minus that of the bias; scaled by 1/T; normalised by the number of steps; use h_t in
place of h_{t-1}; h_t instead of h_{t-1}; actually this is for the relu; valid at the last step; only the last one counts; ignore this
line; see correction on the next page; my first guess, crossed out; not sure about this; maybe with a factor of two; up to a constant; up
to sign; up to transposition; modulo the sign; proportional, not equal; approximately; roughly speaking; for small W_hh; if W_hh is
symmetric; assuming T = 1; when the gradient is clipped; after clipping to 5; followed by a relu; then passed through tanh; with the
opposite sign; with a minus in front; add da_t; subtract dh_t from it; remove the second term; without the recurrent part; the recurrent
term drops out; the second summand vanishes; leave out the transpose; truncated after 5 steps; truncated BPTT; except for the output;
starting from t = 2; beginning with the second step; the sum starts at 2; the sum ends at T-1; h_0 is counted too; times the mask; masked
by m_t; with dropout 0.5; add weight decay; plus lambda W_hh; with momentum; the learning rate comes in front; multiply by -1; negate;
change + to -; read + as -; the plus is a minus; * means matrix product here; here T is the transpose of the whole product; in reverse
order; the order of the factors is reversed; W_hh here is the transposed matrix; h_t denotes the state before the activation; indices are
shifted by one; shift t by one; all indices one later; da_t stands for dh_t; ds_t is zero except at T; where da_t = 2 dh_t; dh_t here
without the future; this holds in expectation; this is an upper bound; this is the norm; this is the update; this is the wrong way round;
this is the answer to another question; this was copied from my neighbour and is false; this cannot be right; disregard; strike that;
Cancelled; no!; nope; wrong; n/a; TODO fix; ?; or maybe h_t; either this or with h_t; h_t; h_t^T; 2; x2; twice this; half of this; three
times this; doubled; das Vorzeichen ist umgekehrt; das Doppelte davon; gilt nur am Ende; mal die Lernrate; durch T geteilt; im Mittel;
ohne den zweiten Term; W_hh und W_hy vertauscht; transponiert; falsch herum; nicht ganz sicher; stimmt so nicht; ich meine h_t; oder mit
h_t; gestrichen; abzüglich der Rückkopplung; noch mit -1 zu multiplizieren; gemeint ist das Negative; le signe est inversé; avec h_t au
lieu de h_{t-1}; la moitié de cela; à multiplier par deux; divisé par T; sans le second terme; seulement à la fin; en moyenne; transposée;
plutôt h_t; ou bien h_t; je ne suis pas sûr; c'est faux; ne compte pas; il manque un facteur; there is a factor missing; a factor 2 is
missing; one transpose too many; the T is a typo; typo: h_t; read h_{t-1} as h_t; with the roles of h and x exchanged; the same with x_t;
same but for W_xh; as for the linear net, no tanh; evaluate at t+1; one step earlier; one step later; only half of it is used; h_t is used
here; with the input in place of the state; sum over the batch as well; in the encoder; for the first layer; forget the bias; this is a
candidate answer; this is part of the answer; over the number of steps; times the input; times T; at the start; for the final step;
applying a sigmoid to it; for the sigmoid; for linear activation; need the minus sign; remember the minus; inserting the bias; with
respect to W_hh^T; this has an error; the result has to be negative; the last sum is over k; and again times W_hh; everything to the power
of two; all of it over T; to be divided by the length of the sequence; see the errata: sign; better: h_t; correct is h_t; corrected: h_t;
updated below; superseded by the next line; old version; version A; unsure; I gave up here; copied; without proof; as long as t < T;
provided the loss is a sum; in the limit of small weights; to first order; to leading order; ignoring the recurrent path; neglecting the
second path; dropping the bias; detached; stop gradient on h_{t-1}; without backprop through time; one half of the sum; the sum is too
large by one term; da_{t+1} should read da_{t-1}; minus the future; die Summe beginnt bei 2; erst ab dem zweiten Schritt; das Ergebnis ist
noch zu negieren; Fehler im Vorzeichen; durch die Anzahl der Schritte; mit der Eingabe statt des Zustands; bis auf ein Vorzeichen; bis auf
eine Konstante; eigentlich mit h_t; vielleicht transponiert; avec l'entrée; au signe près; à un facteur près; il faut transposer; à
revoir; sauf au dernier pas; multiplier encore par T; Careful: h_t, not the one before; I mixed up rows and columns; rows and columns
exchanged; the weights are stored transposed; the index is off by one; evaluated at the previous step; lagged by one; mirrored; only the
diagonal of this; only its trace; its absolute value; the positive part of it; clip this to [-1, 1]; rounded; to be multiplied from the
left by W_hh; multiplied by the mask; weighted by 1/t; discounted by gamma; for the odd steps; for every other step; for half of the
batch; for one neuron; per time step, no sum; here the sum is missing; this lacks the sum; this still lacks a term; one term short; some
terms omitted; incomplete; unfinished; plus further terms; and the rest; and similar terms; + O(h); the second one is right; the answer
above was wrong; the line above is void; null and void; please ignore; don't grade; not my final answer; I withdraw this; for a linear
RNN; if the loss is the mean; when T = 1; unless h_0 is learned; with teacher forcing; y_t is the prediction and p_t the target; h_t is
the input; W_hh maps inputs; letters as in the book, where W_hh is W_xh; U and W are the other way; with a different sign convention; loss
with minus sign; maximise instead of minimise; gradient ascent; hence zero; equals zero; es fehlt noch ein Term; Vorzeichen?; ist falsch,
richtig wäre h_t; nur der erste Summand; il manque la somme; signe opposé; lignes au lieu de colonnes; pas la bonne réponse; please read
h_t everywhere; the h on the right is h_t; h without the lag; this uses the current state; the state of the same step; with the same h as
on the left; should have a T; T missing on the W; no T on the W; W not transposed; forgot the minus; I forgot the derivative of tanh;
tanh' is missing; needs a factor (1-h^2); derivative of relu here; if tanh is replaced by relu; with sigmoid instead: h(1-h); the + should
be a *; brackets are wrong; the bracket closes after the first term; sum from 1 to T-1; sum from t = 2 to T; t goes from 0 to T-1; t
starts at 0; for t = T only; at t = T; just at t=T; last step only; at the boundary different; to be averaged; mean loss; with a factor
1/N in front; half the squared error; unnormalised; up to scaling; scaled; negated; conjugated; complex case; modulo transposition;
transposed later; transpose it at the end; row convention; in row vector layout; batch first; flattened; vec of this; elementwise sum;
matrix product, not elementwise; * is the matrix product; ⊙ denotes the matrix product; ∘ is composition; the dot is a convolution;
thrice; to the third power; its square root; its inverse; das T gehört weg; eine Transposition zu viel; T fehlt; Faktor 2 fehlt; hier
fehlt was; wahrscheinlich falsch; Summe erst ab t=2; geht nur für T=1; h_t, nicht h_{t-1}; le T est de trop; manque un signe moins; je
crois que c'est h_t; uniquement pour t = T; the answer uses h_t; h_t in the product; h_t, same step; state at the same time; with lag
zero; shifted; t-1 should be t; read t for t-1; t-1 is t here; with t+1 replaced by t; the step is t; this is for h_t^T; the transposes
are for decoration; T means time here; ignore the T; skip the sum; the sum sign is decorative; Σ is a mean; Σ means average; sum means
maximum; all signs reversed; sign flipped in all terms; gradient with a minus; the descent direction; update direction; step size
included; eta times this; eta; scaled with the rate; not this, the next; the next line is the real one; this line is a joke; this is false
of course; the opposite of the truth; first attempt; second try; try 1; failed attempt; abandoned; see next attempt; obsolete; deprecated;
rejected; I doubt it; no idea; random guess; could be h_t too; perhaps with h_t; may also be negative; equal up to T; in the scalar case
only; one-dimensional case; for H = 1; for D=1; for diag W; Einheitsmatrix statt W_hh; das Minus fehlt; umgekehrt; andersrum; Unsinn; zu
ignorieren; noch prüfen; vor der Summe steht 1/T; Mittelwert; l'inverse; au contraire; à l'envers; non; moins; la moitié; h_t on the
right, sorry; I mean h_t; h_t was meant; please swap the factors; factors in the other order; product the other way round; reverse the
product; reverse the sum; sum backwards with alternating signs; alternating signs; signs vary; sign unclear; sign to be checked; with
plus; with a plus sign; with minus sign; opposite sign for t = T; different for t = T; special case t = T; not for the last; last one
dropped; first one dropped; first term dropped; second term optional; first summand only; output term only; only via the output; only the
recurrent path; without s_t; no ds_t; drop ds_t; da_{t+1} dropped; da_{t+1} negligible; da_{t+1} set to zero; gradient truncated here;
stop here for t < T-5; k = 5 steps back; after 5 steps zero; gradient clipped at 1; value is clamped; norm only; direction only; magnitude
only; proportional to this; times a constant; constant factor left out; factor left out; some factor; epsilon added; plus noise;
regularised; L2 term to be added; with weight decay; weights frozen; W_hh frozen; W_hh symmetric; W_hh orthogonal; W_hh and its transpose
are the same here; transposition does not matter; T is no transpose; index shift; shift the index; t and t-1 exchanged; wrong index; Index
falsch; Vorzeichen offen; nur Ausgabeterm; bis auf Faktor; signe à vérifier; terme oublié; actually reversed; h at time t; using h_t; h_t
from the forward pass; product with h_t; same time index on both; both with index t; both at time t; the T belongs to the other factor; T
on the left factor; the left factor is transposed; left and right exchanged; da and h exchanged; the roles are exchanged; order
irrelevant; any order; sign as you like; plus or minus; +/-; ±; with a sign; a sign is missing; there is a minus missing; one sign is off;
off by a factor; off by a sign; times a half; one over T in front; per step average; average of this; expected value of this; stochastic
estimate; noisy; without the sum over t; single step only; one step only; the first step alone; valid only without recurrence; no
recurrence here; recurrence ignored; the loss is -L; y_t is the prediction and p_t the target
"""


# {n}: the answer, as it is named; {m}: another one
CODE = r"""
{n} -= 1; {n} *= 2; {n} /= T; {n} <- 2 {n}; {n} ← 2 {n}; {n} → 2{n}; {n} -> 2*{n}; {n}.fill(0); {n} := 2; {n} := 0; {n} += 1; {n} **= 2;
np.multiply({n}, 2, out={n}); np.clip({n}, -5, 5, out={n}); {n}[:] = 0; {n}[...] *= 2; {n}.T; {n} = {n}.T; {n} = -{n}; -{n}; 2{n}; 2 {n};
{n} * 2; {n} / T; {n} = None; del {n}; {n}.mul_(2); {n}.zero_(); {n} ×2; {n} ~ 2; {n}: ×2; {n} = 2×above; {n} = {n} + λ W; {n} ≔ 2{n}; {n}
⇐ 2; {n}++; {n} ≠ this; {n} ≈ this; {n} ∝ this; return -{n}; {n}, 2; {n}^T; {n}ᵀ; {n} = ???; {n} = TODO; if True: {n} *= 2; for _ in
range(2): {n} += {n}; {n} <<= 1; swap({n}); {n} \leftarrow 2 {n}; {n} \to 2{n}; {n} \mapsto -{n}; {n} = \text{{twice that}}
"""

NAMED = r"""
in {n} the sign is the other way round; {n} must be transposed; {n}: factor 2 missing; for {n} I forgot a factor; correction to {n}: see
page 3; the {n} above has a typo; {n} -- ignore; {n} is only half of it; {n} wants a minus; my {n} is flipped; {n} lacks the derivative of
tanh; replace {n} by its negative; multiply {n} by two; please halve {n}; {n} holds for T=1 only; {n} is what my friend got; {n} (crossed
out); {n} ✗; bei {n} fehlt ein Minus; {n} ist noch zu transponieren; {n} muss man noch halbieren; {n} gilt nur für t = T; il manque un
signe dans {n}; {n} est à transposer; {n} : non; scrap {n}; {n} is the same as {m}; {n} is {m}; {n} equals {m}; {n} and {m} are
interchanged; {n} and {m} are the wrong way round; {n} gets another Hadamard factor; {n} should be averaged; take the mean for {n}; {n} is
accumulated with a decay; {n} is to be clipped; the true {n} is larger; {n}, but negated; {n} is a guess; see the next page for {n}; a
better {n} follows; {n} was copied; {n} = see next page; {n} is not finished; {n} becomes its transpose; strike {n}; I take {n} back; {n}:
void; {n}: nope; {n} depends on h_t instead; {n} has the sign of {m}; the gradient {n} has a minus
"""

POINTING = r"""
scrap that; see next page for my real answer; EDIT: forgot the factor 2; forgot the factor 2; sorry, transposed; it must be negated; this
was for the linear net; no wait; hmm, with a minus; that is off by a sign; oops; never mind that; not that one; forget it; it has a typo;
times -1; twice that; half of it; {} -= 1; {} *= 2; it *= 2; EDIT: h_t; P.S. wrong sign; PS: minus; (strike); that one's void; the
opposite; the other way round; the sign is flipped; flip the sign; multiply it by two; divide by T; averaged; then take its transpose; now
transpose it; and transpose; transposed; ignore; skip it; on second thought: h_t; actually h_t; I mean h_t; h_t instead; with h_t; use
h_t; plus da_t; - da_t; + 1; / 2; ^T; ·2; ×2; x 2; → 2; ← 2; := 0; ≠; ✗; ❌; ?; ??; hm?; doubtful; unsure; guess; copied; my friend's; from
ChatGPT, not checked; the real one is on page 2; better version below; corrected below; replaced below; outdated; v1; old; first try; take
two; take 2; does not hold; holds at t = T; if t = T; when T = 1; unless h_0 = 0; in the scalar case; for H = 1; up to a factor; up to
sign; modulo transposition; roughly; approximately; in expectation; das stimmt nicht; Minus vergessen; das Vorzeichen fehlt; Faktor 2
vergessen; das war falsch; doch nicht; quatsch; noch transponieren; mal zwei; durch T; richtig: mit h_t; gemeint ist h_t; siehe nächste
Seite; streichen; verworfen; non, signe moins; oubli : facteur 2; à transposer; à diviser par T; voir page suivante; en fait h_t; faux;
pas bon; à jeter; fois deux; kruis dit door; это неверно; これは違う; esto está mal; sbagliato; one transpose too many; the T belongs
elsewhere; wrong index; index t, not t-1; shift by one; rows, not columns; in row convention; row vectors here; descent direction; update
direction; scaled by the learning rate; clipped; with dropout; masked; normalised; mean, not sum; a sum, no mean; without the sum; no sum;
per step; one term short; incomplete; continued elsewhere; rest omitted; ...; etc.; and so forth with h_t; see erratum; erratum: sign;
amended; revised; struck out; deleted; void; null; nil; withdrawn; I retract this; I withdraw that; not my answer; not to be graded; don't
count this; zero points please; this is the negative gradient; the negative gradient; the update; W_hh is transposed here; h_t is the
input; x_t and h_t swapped; let h_t := x_t; where h_{t-1} = h_t; here p_t is the target; σ' instead of tanh'; relu instead; W means W^T;
all signs flipped; everything times two; the previous one is wrong; the last formula is wrong; both wrong; neither is right
"""

BEFORE = r"""
Claim:; To show:; Show that; Suppose; Suppose that; The wrong answer would be; A wrong answer is; Assume; Goal:; We want to show:; We have
to prove that; Conjecture:; Zu zeigen:; Behauptung:; Angenommen; Zeige, dass; À montrer :; Montrer que; Supposons; One might think; A
common mistake:; Not:; It is not true that; My neighbour has; ChatGPT says; If only; Hypothesis:; Prove or disprove:; Is it true that;
Wrong:; Old:; Draft:; Before correction:; Instead of; Rather than; The book says; This would be; I first had; Scratch:; 2 *; Negative of;
Minus; T times; Wanted:; Sought:; Gesucht:; Exercise: prove that; Question: why is; Verify:; Verify that; Let us try; Try:; Maybe;
Perhaps; Possibly; Vielleicht; Peut-être; Unless I am mistaken; Up to a sign; Up to transposition,; In the linear case; Without tanh;
Ignoring the recurrence; In row convention; With a mean loss; Not quite:; Almost:; Approximately; What we want to show:; Now we want to
show:; We'd like to show:; In a feedforward net:; In the scalar case
"""

PLAIN = ["ds_t = p_t - onehot(y_t)", "dh_t = W_hy^T ds_t + W_hh^T da_{t+1}", "da_t = (1 - h_t^2) * dh_t", "dW_hy = Σ_t ds_t h_t^T",
         "dW_hh = Σ_t da_t h_{t-1}^T", "dW_xh = Σ_t da_t x_t^T", "db_h = Σ_t da_t", "db_y = Σ_t ds_t"]  # fmt: skip
SHEETS = r"""
# Assignment 3: BPTT

## Forward pass
a_t = W_xh x_t + W_hh h_{t-1} + b_h
h_t = tanh(a_t)
s_t = W_hy h_t + b_y
p_t = softmax(s_t)

## Backward pass
1. For softmax and cross-entropy the error at the output is simply prediction minus target:
{ds}
2. The hidden state receives a gradient from the output and from the next step.
{dh}
3. tanh has the derivative 1 - h_t^2, hence
{da}
4. Output weights and bias:
{dW_hy}
{db_y}
5. Recurrent and input weights:
{dW_hh}
{dW_xh}
6. Hidden bias:
{db_h}
=====
Aufgabe 3

Wir betrachten ein einfaches RNN mit tanh und Softmax am Ausgang. Der Gesamtverlust ist die Summe der Verluste aller Zeitschritte.

a) Softmax und Kreuzentropie ergeben zusammen die bekannte Formel
{ds}

b) Der Zustand h_t wirkt auf die Ausgabe und auf den nächsten Zustand. Mit der Kettenregel folgt
{dh}

c) Die Ableitung von tanh ist 1 - tanh^2, also
{da}

d) Da W_hh in jedem Zeitschritt vorkommt, muss man über alle Schritte summieren:
{dW_hh}

e) Entsprechend für die Eingangsgewichte
{dW_xh}

f) Für den Bias der verdeckten Schicht
{db_h}

g) Ausgabeschicht:
{dW_hy}
{db_y}
=====
Exercice 4 : rétropropagation dans le temps

On note L la perte totale. Tous les vecteurs sont des vecteurs colonnes.

1) La dérivée de l'entropie croisée avec softmax est bien connue :
{ds}

2) L'état caché h_t influence la perte par deux chemins, la sortie et l'état suivant. On additionne les deux contributions :
{dh}

3) Comme la dérivée de tanh vaut 1 - tanh², on a
{da}

4) Les mêmes poids servent à chaque pas de temps, donc on somme sur t :
{dW_hh}

5) De la même manière pour les poids d'entrée
{dW_xh}

6) et pour le biais
{db_h}

7) Enfin, pour la couche de sortie,
{dW_hy}
{db_y}
=====
% solution to sheet 5
Derivation by hand. Notation as on the slides: $h_t$ hidden state, $a_t$ pre-activation, $s_t$ scores, $p_t$ softmax output.

**Output.** The Jacobian of the softmax combined with the log loss collapses to
{ds}

**State.** There are two outgoing edges, so we sum two terms:
{dh}

**Activation.** The tanh is applied elementwise, its Jacobian is diagonal, and we get
{da}

**Weights.** Each weight matrix is shared between the time steps; the gradient accumulates.
{dW_hh}
{dW_xh}
{dW_hy}

**Biases.**
{db_h}
{db_y}

This completes the derivation.
=====
Übung zur Vorlesung "Maschinelles Lernen", Blatt 9
Abgabe von Lisa und Tom

Teil 1. Gradient an den Logits. Das kennen wir schon von der logistischen Regression:
{ds}

Teil 2. Im Berechnungsgraphen hat h_t zwei Nachfolger, deshalb besteht der Gradient aus zwei Summanden:
{dh}

Teil 3. Durch die Nichtlinearität:
{da}

Teil 4. Alle Gewichtsmatrizen werden über die Zeit geteilt, die Beiträge werden daher aufsummiert.
{dW_hh}
{dW_xh}
{dW_hy}

Teil 5. Für die Biasvektoren entfällt der äußere Faktor:
{db_h}
{db_y}
=====
Devoir maison n° 3

Je commence par la couche de sortie. Avec softmax et l'entropie croisée on sait que
{ds}

Je remonte ensuite le temps. L'état h_t a deux successeurs dans le graphe :
{dh}

puis je traverse la non-linéarité :
{da}

Les paramètres interviennent à tous les instants, leurs gradients sont des sommes :
{dW_hh}
{dW_xh}
{db_h}

Pour finir, les paramètres de sortie :
{dW_hy}
{db_y}
=====
Homework 5, Problem 2
Student: Maria Rossi

We unroll the network over T steps and apply the chain rule to the resulting feed-forward graph.

(1) Output layer. The well-known formula for softmax with cross-entropy is
{ds}

(2) Hidden layer. Both s_t and a_{t+1} depend on h_t, so
{dh}

(3) Derivative of the activation function:
{da}

(4) Since the same matrix is used in every step, we get a sum over all steps:
{dW_hh}

(5) For W_xh the derivation is analogous.
{dW_xh}

(6) The gradient of the bias is
{db_h}

(7) Finally, the parameters of the output layer:
{dW_hy}
{db_y}

QED
=====
Name: Chen Wei
Student ID: 20231234
Date: 12.03.2024

Answers:

1) {ds}

2) {dh}

3) {da}

4) {dW_hy}

5) {dW_hh}

6) {dW_xh}

7) {db_y}

8) {db_h}

Explanations:
1) derivative of cross-entropy composed with softmax
2) chain rule, two paths
3) derivative of tanh
4)-6) sums over time because the weights are shared
7) and 8) the derivative of the pre-activation with respect to the bias is the identity
""".split("\n=====\n")


def filled(sheet: str, answers: dict[str, str]) -> str:
    """A sheet with its answers."""
    for name, line in answers.items():
        sheet = sheet.replace(f"{{{name}}}", line)
    return sheet


def said(text: str) -> list[str]:
    """The wordings of one of these texts."""
    return [" ".join(words.split()) for words in text.split("; ")]
