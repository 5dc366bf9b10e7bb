/** One line for each measure, for people. A file of its own: applications in browsers show none. */
import type { MeasureName } from './measures.js'

export const measureDocs: Readonly<Record<MeasureName, string>> = {
  accuracy: 'The share of samples whose class is predicted.',
  precision:
    'Of what is predicted 1, the share that is; the mean over classes where there are more than two.',
  recall:
    'Of what is 1, the share that is predicted; the mean over classes where there are more than two.',
  f1: 'The harmonic mean of precision and recall, class by class.',
  log_loss: 'The mean of -log of the probability given to the true class.',
  roc_auc: 'The chance that a sample of class 1 scores above one of class 0.',
  mse: 'The mean of the squared errors.',
  rmse: 'The root of the mean of the squared errors.',
  mae: 'The mean of the absolute errors.',
  r2: '1 less the squared errors over those of the mean of the targets.',
}
