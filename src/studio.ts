/** The entry `eagre/studio`: a page that shows a graph of a running application, in one line. */
export { studio, type Studio, type StudioOptions } from './remote/studio.js'
