---------------------------- MODULE ClassicCloud ----------------------------
(***************************************************************************)
(* Destination mode Classic, cloud-mode.                                   *)
(*                                                                         *)
(* Events go to Segment's servers and nothing tracks sessions, so the      *)
(* Amplitude Browser SDK is used as a shell:                               *)
(*     add(sessionReplayPlugin()), add(segmentPlugin()), init,             *)
(*     remove("amplitude")                                                 *)
(* and then track, through the shell.  The replay's own part is the shared *)
(* core.  Beside it run three parts of the set-up, each with one variable, *)
(* and each with its own word on a call: a whole step is the conjunction.  *)
(*                                                                         *)
(* Source: the page, cloud-mode.                                           *)
(***************************************************************************)
EXTENDS ReplayCore

VARIABLES
    replay_plugin,          \* "no replay plugin" or "replay plugin added"
    segment_plugin,         \* "no Segment plugin" or "Segment plugin added"
    amplitude_destination,  \* the shell's own: "Amplitude destination kept" or "... removed"
    untagged,               \* whether the call's event carries no replay ID
    set_up_findings         \* what is to be said about the set-up

set_up == <<replay_plugin, segment_plugin, amplitude_destination>>
vars   == <<core, set_up, untagged, set_up_findings>>

HasReplayPlugin  == replay_plugin = "replay plugin added"
HasSegmentPlugin == segment_plugin = "Segment plugin added"
HasDestination   == amplitude_destination = "Amplitude destination kept"

Finding(code, applies) == IF applies THEN <<code>> ELSE <<>>
OutOfOrder(applies)    == Finding("SR311", applies)

-----------------------------------------------------------------------------
(* The set-up.  Another order than the documented one is SR311.            *)

AddSessionReplay ==
    /\ call' = <<"add_session_replay">>
    /\ Accept({}) /\ UNCHANGED replay
    /\ replay_plugin' = "replay plugin added" /\ UNCHANGED <<segment_plugin, amplitude_destination>>
    /\ untagged' = FALSE /\ set_up_findings' = OutOfOrder(HasReplayPlugin)

AddSegment ==
    /\ call' = <<"add_segment">>
    /\ Accept({}) /\ UNCHANGED replay
    /\ segment_plugin' = "Segment plugin added" /\ UNCHANGED <<replay_plugin, amplitude_destination>>
    /\ untagged' = FALSE /\ set_up_findings' = OutOfOrder(HasSegmentPlugin \/ ~HasReplayPlugin)

Initialise(d, s) ==
    /\ Load(d, s)
    /\ UNCHANGED set_up
    /\ untagged' = FALSE /\ set_up_findings' = OutOfOrder(~HasSegmentPlugin)

\* Before init there is no destination to remove: init adds it all the same.
RemoveAmplitude ==
    /\ call' = <<"remove_amplitude">>
    /\ Accept({}) /\ UNCHANGED replay
    /\ amplitude_destination' = IF BeforeLoad THEN amplitude_destination ELSE "Amplitude destination removed"
    /\ UNCHANGED <<replay_plugin, segment_plugin>>
    /\ untagged' = FALSE /\ set_up_findings' = OutOfOrder(HasDestination /\ BeforeLoad)

-----------------------------------------------------------------------------
(* Events.                                                                 *)

Track(s) ==
    /\ Guard("event", s)
    /\ UNCHANGED set_up
    /\ untagged' = ~HasReplayPlugin
    /\ set_up_findings' = Finding("SR315", ~HasReplayPlugin)                \* no replay ID
                       \o Finding("SR314", ~HasSegmentPlugin)               \* not forwarded
                       \o Finding("SR312", HasDestination /\ AfterLoad)     \* delivered twice

\* Tracked through Segment, past the shell: no session ID, no replay ID.
Bypass ==
    /\ call' = <<"bypass">>
    /\ Refuse({"deliver", "untagged"}, <<"SR313">>)
    /\ UNCHANGED set_up
    /\ untagged' = TRUE /\ set_up_findings' = <<>>

-----------------------------------------------------------------------------

\* What is seen of a call besides the replay's state.
CarriedReplayId  == IF untagged THEN <<>> ELSE ReplayId
ReportedFindings == findings \o set_up_findings

NothingSetUp == <<"no replay plugin", "no Segment plugin", "Amplitude destination kept">>
AsDocumented == <<"replay plugin added", "Segment plugin added", "Amplitude destination removed">>

(* A trace that has no set-up in it begins as documented.                  *)
Init == /\ CoreInit
        /\ \E begins \in {NothingSetUp, AsDocumented} :
              replay_plugin = begins[1] /\ segment_plugin = begins[2] /\ amplitude_destination = begins[3]
        /\ untagged = FALSE /\ set_up_findings = <<>>

Next == \/ AddSessionReplay \/ AddSegment \/ RemoveAmplitude
        \/ \E d \in Devices \cup UnusableDevices, s \in UsableSessions : Initialise(d, s)
        \/ \E s \in UsableSessions : Track(s)
        \/ Bypass

Spec == Init /\ [][Next]_vars

Types == /\ CoreTypes
         /\ replay_plugin \in {NothingSetUp[1], AsDocumented[1]}
         /\ segment_plugin \in {NothingSetUp[2], AsDocumented[2]}
         /\ amplitude_destination \in {NothingSetUp[3], AsDocumented[3]}
         /\ untagged \in BOOLEAN

\* 8. Whatever the call, there is a line for it.
Total ==
    /\ ENABLED AddSessionReplay /\ ENABLED AddSegment /\ ENABLED RemoveAmplitude /\ ENABLED Bypass
    /\ \A d \in Devices \cup UnusableDevices, s \in UsableSessions : ENABLED Initialise(d, s)
    /\ \A s \in UsableSessions : ENABLED Track(s)
=============================================================================
