/** The handlers of the previous release, from which `build.cjs` makes its zip. */
export { drain, reconcile } from './previous.cjs'
