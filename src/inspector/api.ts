/**
 * Every JSON answer of the inspector, for the server that gives it and for the pages that show it. Types only.
 *
 * Routes, all below /inspector/api; `{key}` is percent-encoded. Errors are `{ok:false, error:{code, message, …}}` with
 * the code's HTTP status. Dates are ISO texts by the database's clock; `at` is when the answer was read from it.
 *
 *   GET  overview                                   Overview
 *   GET  machines                                   MachinesView
 *   GET  machine/{name}                             MachineView
 *   GET  machine/{name}/chart?detail=full|compact   ChartGeometry (of chart/geometry.ts); cached by its hash
 *   GET  machine/{name}/counts                      CountsView
 *   GET  machine/{name}/payloads?event&key          PayloadsView
 *   GET  machine/{name}/lately?minutes              LatelyView; 60 minutes unless given, at most a week
 *   GET  objects?name&state&tag&condition&flag&status&version&q&where&after&limit   ObjectsPage
 *   GET  object/{name}/{key}                        ObjectView
 *   GET  object/{name}/{key}/turn/{n}               ObjectView, everything as of that turn
 *   GET  object/{name}/{key}/ways?turn&transitions  WaysView; `transitions` are numbers of the chart, `3,4`, else all
 *   GET  object/{name}/{key}/journal?before|after&limit   JournalPage, newest first
 *   POST object/{name}/{key}/preview   {event}              Preview
 *   POST object/{name}/{key}/send      {event, messageId?}  Sent, or an error body
 *   GET  object/{name}/{key}/consequences           Consequences
 *   POST object/{name}/{key}/reveal    RevealRequest        Revealed; leaves a row in the audit first
 *   POST object/{name}/{key}/{verb}    VerbRequest          VerbResult; verb: one of `Verb`
 *   GET  incidents                                  IncidentsView
 *   POST bulk   BulkRequest                         BulkProgress; one run after the other, at the rate asked
 *   GET  bulk/{id}                                  BulkProgress
 *   GET  timers?name&limit                          TimersView
 *   GET  messages                                   MessagesView
 *   GET  hosts                                      HostsView
 *   GET  sagas                                      SagasView
 *   GET  audit?object&after&limit                   AuditPage, newest first; `after` is `next` of the page before
 *   GET  live?name=…|object=name/key                server-sent events, each `data` a LiveEvent
 *
 * `state` is a state id of the chart or a dotted path of keys; it matches the state and all inside it. `where` is
 * `path=value`, `path>value` or `path<value` of a context field, for example `total>500`; it may be repeated.
 */
export type * from "./api/machine.ts";
export type * from "./api/object.ts";
export type * from "./api/system.ts";
export type * from "./api/words.ts";
