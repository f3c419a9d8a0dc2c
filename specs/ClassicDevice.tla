---------------------------- MODULE ClassicDevice ----------------------------
(***************************************************************************)
(* Destination mode Classic, device-mode.                                  *)
(*                                                                         *)
(* amplitude-js keeps the sessions, has no event for a session change, and *)
(* sends straight to Amplitude.  Load happens in its onInit, with its own  *)
(* device ID and session ID; at each event the middleware reads            *)
(* getSessionId().  That is the shared core, with nothing added.           *)
(* ClassicDevicePage shows what amplitude-js does around it.               *)
(*                                                                         *)
(* Source: the page, device-mode.                                          *)
(***************************************************************************)
EXTENDS ReplayCore

\* What is seen of a call besides the replay's state.
CarriedReplayId  == ReplayId
ReportedFindings == findings

Init == CoreInit

Next == \/ \E d \in Devices \cup UnusableDevices, s \in UsableSessions : Load(d, s)
        \/ \E s \in UsableSessions : Guard("event", s)

Spec == Init /\ [][Next]_core

Types == CoreTypes

\* 8. Whatever the call, there is a line for it.
Total ==
    /\ \A d \in Devices \cup UnusableDevices, s \in UsableSessions : ENABLED Load(d, s)
    /\ \A s \in UsableSessions : ENABLED Guard("event", s)
=============================================================================
