import { bucketControls } from './buckets'
import { cdnControls } from './cdn'
import { dnsControls } from './dns'
import { ecsControls } from './ecs'
import { functionAndMessageControls } from './functions-and-messages'
import { identityControls } from './identity'
import { instanceControls } from './instances'
import { loadBalancerControls } from './load-balancers'
import { networkControls } from './network'
import { secretAndLogControls } from './secrets-and-logs'
import { storeControls } from './stores'

export const controls = [
  ...networkControls,
  ...loadBalancerControls,
  ...ecsControls,
  ...instanceControls,
  ...storeControls,
  ...bucketControls,
  ...cdnControls,
  ...identityControls,
  ...functionAndMessageControls,
  ...secretAndLogControls,
  ...dnsControls,
]
