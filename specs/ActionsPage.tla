----------------------------- MODULE ActionsPage -----------------------------
(***************************************************************************)
(* A page in mode Amplitude (Actions): Segment's analytics.js, its Actions *)
(* session plugin, the cookie that the plugin shares with the page, and an *)
(* integration that drives the replay.                                     *)
(*                                                                         *)
(* An event goes through four moments.                                     *)
(*   seen       source middleware runs; the session ID is not there yet    *)
(*   populated  Segment's plugin puts the session ID into the payload, and *)
(*              writes it to the shared cookie                             *)
(*   settled    the integration's timer reads the payload again            *)
(*   sent       the bytes leave                                            *)
(*                                                                         *)
(* `Integration` says whose code runs.  "guarded" is the law: it waits for *)
(* the field, compares with the replay SDK's own session ID, and tags the  *)
(* event after that.  Every other one is a way in which pages go wrong,    *)
(* and must violate the property that its configuration names.             *)
(*                                                                         *)
(* Source: the page, Amplitude (Actions) and Troubleshooting; reality.md,  *)
(* the numbered table, whose rows are given below.                         *)
(***************************************************************************)
EXTENDS Actions

CONSTANTS
    Integration,
    Events          \* how many events the page tracks: 1..n

VARIABLES
    moment,         \* of each event: "", "seen", "populated", "settled", "sent", "missed" or "lost"
    payload,        \* the session ID in each event's payload; NotPopulated until it is there
    read,           \* what the integration held for the stored session ID when it saw the event
    tag,            \* the session ID of the replay ID that each event carries
    deliveries,     \* how often each event left
    cookie,         \* the session ID in the cookie that Segment's plugin and the page both write
    loaded          \* the one that was in it at load

page == <<moment, payload, read, tag, deliveries, cookie, loaded>>
vars == <<core, page>>

Integrations == {
    "guarded",
    "captured once",            \* row 1: the stored ID is read once, at load
    "without setTimeout",       \* row 2: the field is read when the event is seen, and reading it throws
    "read when seen",           \* row 3: the stored ID is read before the timer of an earlier event ran
    "timer too early",          \* row 4: another plugin keeps the payload longer than the timer waits
    "read inside the timer",    \* row 5: Segment has already written the new ID to the same cookie
    "shadowed cookie",          \* row 6: the page's cookie is shadowed by one of the parent domain
    "tagged when seen",         \* row 9: tagged in the pass that sees the event
    "follows every session",    \* no guard at all
    "loads again",              \* init a second time, after analytics.reset(): the SDK takes the new IDs
    "starts without a session" }\* takes 0 for a session

ASSUME Integration \in Integrations

-----------------------------------------------------------------------------
(* The replay SDK validates nothing: it follows whatever it is given.      *)

InitReplay(d, s) == /\ call' = <<"load", d, s>>
                    /\ state' = "session_active" /\ device' = d /\ session' = s
                    /\ Accept({"init replay"})
Follow(s)        == /\ call' = <<"settle", s>>
                    /\ state' = "rolled_over" /\ session' = s /\ UNCHANGED device
                    /\ Accept({"set replay session"})
Keep(s)          == /\ call' = <<"settle", s>>
                    /\ Accept({}) /\ UNCHANGED replay

-----------------------------------------------------------------------------
(* Load, with the cookie's session ID or none.                             *)

LoadPage ==
    /\ BeforeLoad
    /\ \E d \in Devices, s \in Sessions \cup {NoSession} :
          /\ IF Integration = "starts without a session" THEN InitReplay(d, s) ELSE Load(d, s)
          /\ cookie' = s /\ loaded' = s
    /\ UNCHANGED <<moment, payload, read, tag, deliveries>>

LoadPageAgain ==
    /\ AfterLoad /\ Integration = "loads again"
    /\ \E d \in Devices : InitReplay(d, cookie)
    /\ UNCHANGED page

-----------------------------------------------------------------------------
(* Seen.  next(payload) hands the event on at once, unless reading throws. *)

Lose == call' = <<"event", NotPopulated>> /\ Accept({}) /\ UNCHANGED replay

See(e) ==
    /\ AfterLoad /\ moment[e] = ""
    /\ IF Integration = "without setTimeout"
          THEN Lose /\ moment' = [moment EXCEPT ![e] = "lost"]
          ELSE SeenNotPopulated /\ moment' = [moment EXCEPT ![e] = "seen"]
    /\ read' = [read EXCEPT ![e] = cookie]
    /\ tag'  = [tag EXCEPT ![e] = session]
    /\ UNCHANGED <<payload, deliveries, cookie, loaded>>

(* Populated: an enrichment.  Segment's session may be any: another tab,   *)
(* a clock or a caller may have moved it back.                             *)

Populate(e) ==
    /\ moment[e] \in {"seen", "missed"}
    /\ moment' = [moment EXCEPT ![e] = IF @ = "missed" THEN "settled" ELSE "populated"]
    /\ \E s \in Sessions : payload' = [payload EXCEPT ![e] = s] /\ cookie' = s
    /\ UNCHANGED <<core, read, tag, deliveries, loaded>>

-----------------------------------------------------------------------------
(* Settled.                                                                *)

\* What the integration takes for the session ID so far.
Stored(e) == CASE Integration = "captured once"         -> loaded
               [] Integration = "shadowed cookie"       -> loaded
               [] Integration = "read when seen"        -> read[e]
               [] Integration = "read inside the timer" -> cookie
               [] Integration = "follows every session" -> NoSession
               [] OTHER                                 -> session

HasBrokenGuard == Integration \in
    {"captured once", "shadowed cookie", "read when seen", "read inside the timer", "follows every session"}

Settle(e) ==
    /\ moment[e] = "populated"
    /\ LET s == payload[e] IN
          IF ~HasBrokenGuard THEN Guard("settle", s)
          ELSE IF s > Stored(e) THEN Follow(s) ELSE Keep(s)
    /\ cookie' = IF session' # session THEN session' ELSE cookie
    /\ tag' = IF Integration = "tagged when seen" THEN tag ELSE [tag EXCEPT ![e] = session']
    /\ moment' = [moment EXCEPT ![e] = "settled"]
    /\ UNCHANGED <<payload, read, deliveries, loaded>>

\* The timer runs before the field is there: reading it throws, and it does not run again.
TimerTooEarly(e) ==
    /\ Integration = "timer too early" /\ moment[e] = "seen"
    /\ SettledNotPopulated
    /\ moment' = [moment EXCEPT ![e] = "missed"]
    /\ UNCHANGED <<payload, read, tag, deliveries, cookie, loaded>>

Send(e) ==
    /\ moment[e] = "settled"
    /\ moment' = [moment EXCEPT ![e] = "sent"]
    /\ deliveries' = [deliveries EXCEPT ![e] = @ + 1]
    /\ UNCHANGED <<core, payload, read, tag, cookie, loaded>>

-----------------------------------------------------------------------------

PageInit ==
    /\ Init
    /\ moment = [e \in Events |-> ""]         /\ payload = [e \in Events |-> NotPopulated]
    /\ read = [e \in Events |-> NoSession]    /\ tag = [e \in Events |-> NoSession]
    /\ deliveries = [e \in Events |-> 0]
    /\ cookie = NoSession /\ loaded = NoSession

EventStep(e) == See(e) \/ Populate(e) \/ Settle(e) \/ TimerTooEarly(e) \/ Send(e)

PageNext == LoadPage \/ LoadPageAgain \/ \E e \in Events : EventStep(e)

PageSpec == PageInit /\ [][PageNext]_vars /\ WF_vars(LoadPage) /\ \A e \in Events : WF_vars(EventStep(e))

\* Where a configuration asks for it: all events are tracked in one tick.
InOneTick == (\E e \in Events : moment[e] = "") => \A e \in Events : moment[e] \in {"", "seen"}

-----------------------------------------------------------------------------
(* Properties, besides those of the core.                                  *)

IsSettled(e) == moment[e] # "settled" /\ moment'[e] = "settled"

\* An event that is not behind the replay carries the replay ID of its own session.
TagsMatch == [][\A e \in Events : IsSettled(e) /\ payload'[e] >= session => tag'[e] = payload'[e]]_vars

\* Once every event is sent, the replay has reached every session that they had.
CatchesUp == [][(\A e \in Events : moment'[e] = "sent") => \A e \in Events : session' >= payload'[e]]_vars

\* Every event is sent in the end, and only once.
EventuallyDelivered == \A e \in Events : <>[](deliveries[e] = 1)

\* A new session's events are in the end tagged with its replay ID, unless a newer one came before.
EventuallyTagged ==
    \A e \in Events : (AfterLoad /\ payload[e] > session) ~> (moment[e] = "sent" /\ tag[e] >= payload[e])
=============================================================================
