------------------------------- MODULE Actions -------------------------------
(***************************************************************************)
(* Destination mode Amplitude (Actions).                                   *)
(*                                                                         *)
(* An event's session ID sits at                                           *)
(*     integrations["Actions Amplitude"].session_id                        *)
(* and Segment's session plugin fills it in after source middleware has    *)
(* run.  So an event has two moments: it is seen ("event"), and it is      *)
(* settled ("settle"), when the field is read again, deferred.  Not        *)
(* populated when seen is normal; still not populated when settled is      *)
(* SR301.  ActionsPage shows how the two come about.                       *)
(*                                                                         *)
(* Source: the page, Amplitude (Actions) and Troubleshooting.              *)
(***************************************************************************)
EXTENDS ReplayCore

SeenNotPopulated ==
    /\ AfterLoad
    /\ call' = <<"event", NotPopulated>>
    /\ Accept({"deliver"}) /\ UNCHANGED replay

SettledNotPopulated ==
    /\ AfterLoad
    /\ call' = <<"settle", NotPopulated>>
    /\ Refuse({}, <<"SR301">>)

\* What is seen of a call besides the replay's state.
CarriedReplayId  == ReplayId
ReportedFindings == findings

Init == CoreInit

Next == \/ \E d \in Devices \cup UnusableDevices, s \in UsableSessions : Load(d, s)
        \/ \E what \in {"event", "settle"} :
              \/ \E s \in UsableSessions : Guard(what, s)
              \/ ArrivesBeforeLoad(what, NotPopulated)
        \/ SeenNotPopulated \/ SettledNotPopulated

Spec == Init /\ [][Next]_core

Types == CoreTypes

\* 8. Whatever the call, there is a line for it.
Total ==
    /\ \A d \in Devices \cup UnusableDevices, s \in UsableSessions : ENABLED Load(d, s)
    /\ \A s \in UsableSessions : ENABLED Guard("event", s) /\ ENABLED Guard("settle", s)
    /\ ENABLED (SeenNotPopulated \/ ArrivesBeforeLoad("event", NotPopulated))
    /\ ENABLED (SettledNotPopulated \/ ArrivesBeforeLoad("settle", NotPopulated))
=============================================================================
