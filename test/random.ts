/**
 * fast-check with one seed for all properties, so that a test run depends on nothing but the tree.
 * `EAGRE_SEED=7` draws other cases, `EAGRE_SEED=random` others each time; a failure prints its seed.
 */
import fc from 'fast-check'

const wanted = process.env['EAGRE_SEED'] ?? '1'
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) })

export { fc }
