export { Hosts } from './hosts'
