--------------------------- MODULE ClassicCloudPage ---------------------------
(***************************************************************************)
(* A page in mode Classic, cloud-mode: the Browser SDK as a shell, and     *)
(* what reaches Amplitude.                                                 *)
(*                                                                         *)
(* The Segment plugin sends one copy of an event, and the shell's own      *)
(* Amplitude destination, unless it was removed after init, another one.   *)
(* The replay plugin hands every session change of the shell to the replay *)
(* SDK, which follows it back as well: only a guard in between holds it.   *)
(*                                                                         *)
(* Source: the page, cloud-mode; reality.md, "Classic cloud-mode" and rows *)
(* 12 to 14.                                                               *)
(***************************************************************************)
EXTENDS ClassicCloud

CONSTANT Integration

VARIABLES
    done,           \* how many calls of the set-up were made
    shell,          \* the shell's session ID
    tracked,        \* whether an event was tracked
    copies,         \* how many copies of the last event reached Amplitude
    tag             \* the session ID of the replay ID that it carried; NoSession: none

page     == <<done, shell, tracked, copies, tag>>
pageVars == <<vars, page>>

Integrations == {
    "documented, guarded",
    "never removed",        \* row 12: no remove("amplitude")
    "removed before init",  \* row 12: nothing to remove yet
    "no Segment plugin",
    "no replay plugin",
    "past the shell",       \* row 13: tracked through Segment directly
    "unguarded" }           \* row 14: the SDK follows the shell back

ASSUME Integration \in Integrations

SetUp == CASE Integration = "never removed"       -> <<"replay", "segment", "init">>
           [] Integration = "removed before init" -> <<"replay", "segment", "remove", "init">>
           [] Integration = "no Segment plugin"   -> <<"replay", "init", "remove">>
           [] Integration = "no replay plugin"    -> <<"segment", "init", "remove">>
           [] OTHER                               -> <<"replay", "segment", "init", "remove">>

SetUpStep ==
    /\ done < Len(SetUp)
    /\ done' = done + 1
    /\ CASE SetUp[done + 1] = "replay"  -> AddSessionReplay /\ UNCHANGED shell
         [] SetUp[done + 1] = "segment" -> AddSegment /\ UNCHANGED shell
         [] SetUp[done + 1] = "remove"  -> RemoveAmplitude /\ UNCHANGED shell
         [] SetUp[done + 1] = "init"    -> \E d \in Devices, s \in Sessions : Initialise(d, s) /\ shell' = s
    /\ UNCHANGED <<tracked, copies, tag>>

IsSetUp == done = Len(SetUp)

\* A timeout opens a greater session; setSessionId may move back.
ChangeSession ==
    /\ IsSetUp
    /\ \E s \in Sessions : s # shell /\ shell' = s
    /\ UNCHANGED <<vars, done, tracked, copies, tag>>

\* What the law decides on an event that moves back, and what the SDK does all the same.
Unguarded(s) ==
    IF s >= session THEN Track(s)
    ELSE /\ call' = <<"event", s>> /\ state' = "rolled_over" /\ session' = s /\ UNCHANGED device
         /\ accepted' = FALSE /\ effects' = {"deliver"} /\ findings' = <<"SR201">>
         /\ UNCHANGED set_up /\ untagged' = FALSE /\ set_up_findings' = <<>>

TrackEvent ==
    /\ IsSetUp
    /\ CASE Integration = "past the shell" -> Bypass
         [] Integration = "unguarded"      -> Unguarded(shell)
         [] OTHER                          -> Track(shell)
    /\ tracked' = TRUE
    /\ copies' = (IF HasSegmentPlugin THEN 1 ELSE 0) + (IF HasDestination THEN 1 ELSE 0)
    /\ tag' = IF untagged' THEN NoSession ELSE session'
    /\ UNCHANGED <<done, shell>>

PageInit ==
    /\ CoreInit
    /\ replay_plugin = NothingSetUp[1] /\ segment_plugin = NothingSetUp[2] /\ amplitude_destination = NothingSetUp[3]
    /\ untagged = FALSE /\ set_up_findings = <<>>
    /\ done = 0 /\ shell = NoSession /\ tracked = FALSE /\ copies = 0 /\ tag = NoSession

PageNext == SetUpStep \/ ChangeSession \/ TrackEvent

PageSpec == PageInit /\ [][PageNext]_pageVars /\ WF_pageVars(SetUpStep) /\ WF_pageVars(TrackEvent)

-----------------------------------------------------------------------------
(* Properties, besides those of the core.                                  *)

\* Every event reaches Amplitude once.
DeliveredOnce == [][tracked' => copies' = 1]_pageVars

\* An event that is not behind the replay carries the replay ID of its own session.
TagsMatch == [][tracked' /\ UNCHANGED shell /\ shell >= session => tag' = shell]_pageVars

\* The documented set-up gives no cause for complaint.
NothingToReport == [][set_up_findings' = <<>>]_pageVars

\* A new session's events are in the end tagged with its replay ID, unless the shell moves back.
EventuallyTagged == (IsSetUp /\ shell > session) ~> (tag = shell \/ shell < session)
=============================================================================
