/** What the test in a browser gives the page, as one script. */
export { Subject, map, of, take, toArray } from 'rxjs'
export { fromNative, parseGraph, toAsyncIterable, toNative, when } from '../../src/index.js'
