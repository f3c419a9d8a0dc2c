----------------------------- MODULE ReplayCore -----------------------------
(***************************************************************************)
(* What every destination mode shares: load, and the guard on each event's *)
(* session ID.  Law: "States" and "The core every mode shares".            *)
(*                                                                         *)
(* One action is one line of the law.  An action says which call it takes, *)
(* what becomes of the replay, and what is decided: accepted or not, the   *)
(* effects, and the findings by their codes.                               *)
(*                                                                         *)
(* Session IDs are epoch milliseconds.  The rule looks at their order and  *)
(* at nothing else, so a few small numbers stand for all of them; that     *)
(* nothing depends on how few is proved without bounds, by induction.      *)
(***************************************************************************)
EXTENDS Integers, Sequences

CONSTANTS
    Devices,    \* device IDs that comply: only accepted characters, at least one
    Sessions    \* session IDs, greater than 0

VARIABLES
    state,      \* "uninitialised", "initialised", "session_active" or "rolled_over"
    device,     \* the replay's device ID
    session,    \* the replay's session ID
    call,       \* the call taken last: its name, then its IDs, as in a call trace
    accepted,   \* whether it was accepted,
    effects,    \* what it has done,
    findings    \* and what is to be said about it

replay   == <<state, device, session>>
decision == <<accepted, effects, findings>>
core     == <<replay, call, decision>>

-----------------------------------------------------------------------------
(* IDs.  What is no ID is represented by one of its kind.                  *)

NoDevice     == ""      \* also a device ID that is missing
NoSession    == 0       \* also a session ID that is absent or null
OutOfSession == -1      \* Amplitude's mark of an event outside any session
Malformed    == -2      \* for all that is no session ID
NotPopulated == -3      \* the field is not there (yet)

UnusableDevices == {NoDevice, "a/b", "a b"}
UsableSessions  == {NoSession, OutOfSession, Malformed} \cup Sessions

ASSUME Devices \cap UnusableDevices = {}
ASSUME Sessions \subseteq Nat \ {0}

DeviceFlaw(d) == CASE d = NoDevice -> <<"SR101">>
                   [] d = "a/b"    -> <<"SR102">>   \* the replay ID could be read two ways
                   [] d = "a b"    -> <<"SR103">>   \* any other character that is not accepted
                   [] OTHER        -> <<>>
SessionFlaw(s) == IF s = Malformed THEN <<"SR112">> ELSE <<>>

\* <deviceId>/<sessionId>, in its parts.  It exists only when both of them do.
ReplayId == IF device # NoDevice /\ session # NoSession THEN <<device, session>> ELSE <<>>

BeforeLoad == state = "uninitialised"
InSession  == state \in {"session_active", "rolled_over"}
AfterLoad  == ~BeforeLoad

-----------------------------------------------------------------------------
(* What is decided on a call.  A refusal changes nothing.                  *)

Accept(fx)        == accepted' = TRUE  /\ effects' = fx /\ findings' = <<>>
Refuse(fx, codes) == accepted' = FALSE /\ effects' = fx /\ findings' = codes /\ UNCHANGED replay

(* An event is handed on when it is seen, whatever is wrong with it.       *)
Delivery(what) == IF what = "event" THEN {"deliver"} ELSE {}

-----------------------------------------------------------------------------
(* Load: Session Replay's init.                                            *)

LoadsWithoutSession(d, s) ==
    /\ BeforeLoad /\ DeviceFlaw(d) = <<>> /\ s \in {NoSession, OutOfSession}
    /\ call' = <<"load", d, s>>
    /\ state' = "initialised" /\ device' = d /\ session' = NoSession
    /\ Accept({"init replay"})

LoadsWithSession(d, s) ==
    /\ BeforeLoad /\ DeviceFlaw(d) = <<>> /\ s \in Sessions
    /\ call' = <<"load", d, s>>
    /\ state' = "session_active" /\ device' = d /\ session' = s
    /\ Accept({"init replay"})

LoadRefused(d, s) ==
    /\ BeforeLoad /\ DeviceFlaw(d) \o SessionFlaw(s) # <<>>
    /\ call' = <<"load", d, s>>
    /\ Refuse({}, DeviceFlaw(d) \o SessionFlaw(s))

LoadedTwice(d, s) ==
    /\ AfterLoad
    /\ call' = <<"load", d, s>>
    /\ Refuse({}, <<"SR203">>)

Load(d, s) == \/ LoadsWithoutSession(d, s) \/ LoadsWithSession(d, s)
              \/ LoadRefused(d, s)         \/ LoadedTwice(d, s)

-----------------------------------------------------------------------------
(* The guard.  `what` is "event", seen by the middleware or by the shell,  *)
(* or "settle", where Actions reads the session ID again.                  *)

ArrivesBeforeLoad(what, s) ==
    /\ BeforeLoad
    /\ call' = <<what, s>>
    /\ Refuse(Delivery(what), <<"SR202">>)

StartsSession(what, s) ==
    /\ state = "initialised" /\ s \in Sessions
    /\ call' = <<what, s>>
    /\ state' = "session_active" /\ session' = s /\ UNCHANGED device
    /\ Accept({"set replay session"} \cup Delivery(what))

RollsOver(what, s) ==
    /\ InSession /\ s \in Sessions /\ s > session
    /\ call' = <<what, s>>
    /\ state' = "rolled_over" /\ session' = s /\ UNCHANGED device
    /\ Accept({"set replay session"} \cup Delivery(what))

Confirms(what, s) ==
    /\ InSession /\ s = session
    /\ call' = <<what, s>>
    /\ state' = "session_active" /\ UNCHANGED <<device, session>>
    /\ Accept(Delivery(what))

Regresses(what, s) ==
    /\ InSession /\ s \in Sessions /\ s < session
    /\ call' = <<what, s>>
    /\ Refuse(Delivery(what), <<"SR201">>)

HasNoSession(what, s) ==
    /\ AfterLoad /\ s = NoSession
    /\ call' = <<what, s>>
    /\ Refuse(Delivery(what), <<"SR111">>)

IsOutOfSession(what, s) ==
    /\ AfterLoad /\ s = OutOfSession
    /\ call' = <<what, s>>
    /\ Refuse(Delivery(what), <<"SR113">>)

IsMalformed(what, s) ==
    /\ AfterLoad /\ s = Malformed
    /\ call' = <<what, s>>
    /\ Refuse(Delivery(what), <<"SR112">>)

Guard(what, s) == \/ ArrivesBeforeLoad(what, s)
                  \/ StartsSession(what, s) \/ RollsOver(what, s) \/ Confirms(what, s)
                  \/ Regresses(what, s)     \/ HasNoSession(what, s)
                  \/ IsOutOfSession(what, s) \/ IsMalformed(what, s)

-----------------------------------------------------------------------------

CoreInit ==
    /\ state = "uninitialised" /\ device = NoDevice /\ session = NoSession
    /\ call = <<>> /\ accepted = TRUE /\ effects = {} /\ findings = <<>>

CoreTypes ==
    /\ state \in {"uninitialised", "initialised", "session_active", "rolled_over"}
    /\ device \in Devices \cup {NoDevice}
    /\ session \in Sessions \cup {NoSession}
    /\ accepted \in BOOLEAN
    /\ effects \subseteq {"init replay", "set replay session", "deliver", "untagged"}

(***************************************************************************)
(* The invariants of the law, by its names.  Each speaks of one step.      *)
(***************************************************************************)
IsGuarded == call'[1] \in {"event", "settle"}
Given     == call'[Len(call')]      \* the session ID of the call being taken

\* 1. The replay session ID never decreases.
Monotonic == [][session' >= session]_core

\* 2. After an event with a newer ID, the replay session ID is that ID.
Responsive == [][IsGuarded /\ AfterLoad /\ Given > session => session' = Given]_core

\* 3. There is a replay ID in a session, and none otherwise.
WellFormed == [][(ReplayId # <<>>)' <=> InSession']_core

\* 4. Every event is handed on, whatever was wrong with it.
Delivered == [][call'[1] \in {"event", "bypass"} <=> "deliver" \in effects']_core

\* 5. setSessionId is called once when the ID strictly grows, and else never.
Quiet == []["set replay session" \in effects' <=> IsGuarded /\ session' > session]_core

\* 6. The device ID never changes after load.
StableDevice == [][device # NoDevice => device' = device]_core

\* 7. A refused call leaves state, session ID and replay ID as they were.
RejectionsChangeNothing == [][~accepted' => UNCHANGED replay]_core

(* 8, total, is said by each mode of its own calls.                        *)

(* Every mode refines the rule.                                            *)
Rule          == INSTANCE MonotonicReplay
RefinesRule   == Rule!Spec
=============================================================================
