-------------------------- MODULE ClassicDevicePage --------------------------
(***************************************************************************)
(* A page in mode Classic, device-mode: amplitude-js, which keeps sessions *)
(* of its own, and an integration that drives the replay.                  *)
(*                                                                         *)
(* A new amplitude session opens only when an event is logged after the    *)
(* timeout, and logging comes after the middleware.  The published snippet *)
(* reads getSessionId() in the middleware, so the event that opens a       *)
(* session always goes out with the replay ID of the one before.  An       *)
(* integration that opens the session itself, before it hands the event    *)
(* on, is never late.                                                      *)
(*                                                                         *)
(* Source: the page, device-mode; reality.md, "Classic device-mode" and    *)
(* row 11.                                                                 *)
(***************************************************************************)
EXTENDS ClassicDevice

CONSTANT Integration

VARIABLES
    amplitude,      \* amplitude-js's own session ID
    expired,        \* whether the session timeout has passed since the last event
    sent,           \* the session ID with which the last event was sent
    tag             \* the session ID of the replay ID that it carried

page == <<amplitude, expired, sent, tag>>
vars == <<core, page>>

Integrations == {
    "opens sessions",   \* lets amplitude-js open the session before the event is handed on
    "published",        \* row 11: one event late
    "unguarded" }       \* follows amplitude-js wherever it goes

ASSUME Integration \in Integrations

LoadPage ==
    /\ BeforeLoad
    /\ \E d \in Devices, s \in Sessions : Load(d, s) /\ amplitude' = s
    /\ UNCHANGED <<expired, sent, tag>>

\* 30 minutes without an event.  The last session of the bounds is not left.
Expire ==
    /\ AfterLoad /\ ~expired /\ amplitude + 1 \in Sessions
    /\ expired' = TRUE
    /\ UNCHANGED <<core, amplitude, sent, tag>>

\* setSessionId, resetSessionId: amplitude-js's session may move back.
MoveBack ==
    /\ AfterLoad
    /\ \E s \in Sessions : s < amplitude /\ amplitude' = s
    /\ expired' = FALSE
    /\ UNCHANGED <<core, sent, tag>>

Follow(s) == /\ call' = <<"event", s>>
             /\ state' = "rolled_over" /\ session' = s /\ UNCHANGED device
             /\ Accept({"set replay session", "deliver"})

\* The middleware reads, guards and tags; then amplitude-js logs the event.
Track ==
    /\ AfterLoad
    /\ LET opened == IF expired THEN amplitude + 1 ELSE amplitude
           seen   == IF Integration = "opens sessions" THEN opened ELSE amplitude
       IN /\ IF Integration = "unguarded" THEN Follow(seen) ELSE Guard("event", seen)
          /\ amplitude' = opened /\ sent' = opened
    /\ tag' = session'
    /\ expired' = FALSE

PageInit ==
    /\ Init
    /\ amplitude = NoSession /\ expired = FALSE /\ sent = NoSession /\ tag = NoSession

PageNext == LoadPage \/ Expire \/ MoveBack \/ Track

PageSpec == PageInit /\ [][PageNext]_vars /\ WF_vars(LoadPage) /\ WF_vars(Track)

-----------------------------------------------------------------------------
(* Properties, besides those of the core.                                  *)

\* An event that is not behind the replay carries the replay ID of its own session.
TagsMatch == [][sent' >= session => tag' = sent']_vars

\* A new session's events are in the end tagged with its replay ID, unless amplitude-js moves back.
EventuallyTagged == (AfterLoad /\ sent > session) ~> (tag = sent \/ amplitude < session)
=============================================================================
