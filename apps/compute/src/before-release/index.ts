export { BeforeRelease, beforeReleaseFunctionName } from './before-release'
