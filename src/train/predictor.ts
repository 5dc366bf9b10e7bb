/** Predicts from one sample after the other, on the weights of the moment. */
import { sampleFault, thrownFault } from '../network/fault.js'
import type { Fault } from '../network/message.js'
import type { Network } from '../network/network.js'
import { outputsOf } from '../network/probe.js'
import type { FusedStep } from './fusedstep.js'
import { copy } from './learnparts.js'
import type { Prediction, Sample } from './predict.js'
import { SampleReader } from './reader.js'

export interface PredictorOptions {
  readonly network: Network
  readonly fused: FusedStep
  nextStep(): number
  fault(fault: Fault): void
  /** Throws where nothing is predicted any more. */
  mustBeOpen(): void
}

type Done = (prediction: Prediction, number: number) => void

export class Predictor {
  private readonly options: PredictorOptions
  private readonly reader: SampleReader

  constructor(options: PredictorOptions) {
    this.options = options
    this.reader = new SampleReader(options.network.wiring.plan)
  }

  /** Calls back with the prediction and the number: at once, unless a step is being worked on. */
  predict(sample: Sample, done: Done, number: number): void {
    const { network, fused, nextStep, mustBeOpen } = this.options
    const { reader } = this
    const { wiring } = network
    const step = nextStep()
    let values: Float64Array
    try {
      mustBeOpen()
      values = reader.predicting(sample)
    } catch (cause) {
      return this.failed(sample, sampleFault(step, cause), done, number)
    }
    const made = fused.predict(values, step)
    if (made !== undefined) {
      network.reenter()
      try {
        return done({ step, sample, outputs: outputsOf(wiring, made) }, number)
      } finally {
        network.leave()
      }
    }
    const frame = network.admit(step, 'predict', reader.count, undefined, (finished) => {
      const { failure } = finished
      if (failure === undefined) {
        return done({ step, sample, outputs: outputsOf(wiring, finished) }, number)
      }
      this.failed(sample, thrownFault(wiring, finished, failure, 'skip'), done, number)
    })
    copy(values, frame.values, values.length)
    network.deliverRange(frame, 0, reader.count)
    network.run()
  }

  private failed(sample: Sample, fault: Fault, done: Done, number: number): void {
    this.options.fault(fault)
    done({ step: fault.step, sample, fault }, number)
  }
}
