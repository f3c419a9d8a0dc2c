-------------------------- MODULE MonotonicReplay --------------------------
(***************************************************************************)
(* The rule.  Within one device the replay session ID only ever moves to a *)
(* strictly greater ID.                                                    *)
(*                                                                         *)
(* Every destination mode refines this module, and so does every page that *)
(* drives one: TLC checks it with  Rule!Spec  as a property.               *)
(*                                                                         *)
(* Source: the page, the middleware of each mode, which calls setSessionId *)
(* only if the next session ID is greater than the stored one.             *)
(***************************************************************************)
EXTENDS Integers

VARIABLE session    \* the replay session ID, epoch milliseconds; 0 is none

Init == session = 0

MoveOn == session' > session

Spec == Init /\ [][MoveOn]_session
=============================================================================
