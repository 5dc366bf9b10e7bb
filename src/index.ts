/** The public entry `eagre`: safe in browsers, and only what is meant to be used. */
export { EagreError, type Diagnostic, type ErrorCode } from './errors.js'
export {
  Graph,
  parseGraph,
  type GraphEvent,
  type GraphOptions,
  type LearnOperator,
  type ParseOptions,
  type Prediction,
  type Sample,
} from './graph.js'
export type { Expression, Operator, Range } from './formula/syntax.js'
export { catalogue, gates, type GateName } from './gates/index.js'
export { fold, pointwise } from './gates/pointwise.js'
export { dense, type DenseDeclaration } from './gates/dense.js'
export type { FoldDeclaration, Parameters, PointwiseDeclaration } from './gates/pointwise.js'
export type {
  Chance,
  FoldRule,
  Gate,
  Mismatch,
  Parameter,
  ParameterValue,
  PointwiseRule,
  Port,
  Rule,
  RuleText,
  SampleCall,
  SparseAnswer,
  StackedCall,
  TensorLoops,
  TensorPlace,
  TensorRule,
} from './gates/gate.js'
export type { Executor, Frame, Kernel, Mode, State } from './kernel/kernel.js'
export { findNode, nameOf, positionOf } from './language/name.js'
export { printFormula } from './language/formula.js'
export type {
  ConstantNode,
  Field,
  FilePlan,
  GateNode,
  InitPlan,
  InputNode,
  LearnPlan,
  MeasurePlan,
  Nested,
  Plan,
  PlanNode,
  PlanPort,
  Row,
  RowsPlan,
  SplitPlan,
  TestPlan,
  TrainPlan,
  WeightNode,
} from './language/plan.js'
export {
  lift,
  type GradientInput,
  type Lifted,
  type LiftFault,
  type LiftKernel,
  type LiftOptions,
  type ValueInput,
} from './network/lift.js'
export {
  none,
  type Fault,
  type LostReason,
  type GradientMessage,
  type None,
  type Tensor,
  type UpdateMessage,
  type Value,
  type ValueMessage,
} from './network/message.js'
export type { StepOptions, StepResult } from './network/probe.js'
export type { TapOptions } from './network/tap.js'
export {
  optimizer,
  optimizerCatalogue,
  optimizers,
  schedules,
  type OptimizerDeclaration,
  type OptimizerName,
} from './optimizers/index.js'
export { initializers } from './optimizers/initializers.js'
export type {
  Initializer,
  InitializerParameter,
  InitializerValue,
} from './optimizers/initializers.js'
export type { Line, Optimizer } from './optimizers/optimizer.js'
export type { Schedule, ScheduleParameter, ScheduleValue } from './optimizers/schedule.js'
export type { Checkpoint, Restored } from './train/checkpoint.js'
export type { Clock } from './train/clock.js'
export type { Overflow } from './train/inbox.js'
export type { InspectOptions, Lifecycle } from './train/inspect.js'
export {
  fromNative,
  toAsyncIterable,
  toNative,
  when,
  type BufferOptions,
  type NativeObservable,
} from './train/interop.js'
export type { Joined, Learned } from './train/learned.js'
export type { Label, LearnOptions } from './train/learnoptions.js'
export { memoryStore, type ModelStore } from './train/models.js'
export type { LearnCounts, LearnMetrics, MetricsOptions, Scores } from './train/progressive.js'
export type { Figure, Figures } from './train/figures.js'
export type { EngineName } from './kernel/enginenames.js'
export type { EngineChoice, EngineOption, EngineUse } from './train/engine.js'
export type { TrainOptions, TrainReport } from './train/report.js'
export type { Shape } from './tensor/shape.js'
