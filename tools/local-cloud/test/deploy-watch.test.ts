import { DeployWatch } from '../src/delivery/deploy-watch'
import { Gateway } from '../src/gateway/gateway'
import { FakeMoto, jsonCall, queryCall, restCall } from './requests'

const state = '/bucket/local/compute.tfstate'
const unlock = restCall('s3', 'DELETE', `${state}.tflock?x-id=DeleteObject`)

function watched() {
  const watch = new DeployWatch()
  const gateway = new Gateway({ backend: new FakeMoto('{}').backend, patches: [] })
  gateway.onChange = (request) => watch.noteChange(request)
  gateway.onUnlock = () => watch.noteEnd()
  const steps: string[] = []
  watch.onOutdated = async () => {
    steps.push('reads')
    watch.noteRead()
    await new Promise((resolve) => setTimeout(resolve, 5))
    steps.push('has read')
  }
  return { watch, gateway, steps }
}

it.each([
  jsonCall('ecs', 'CreateService', { serviceName: 'reports' }),
  jsonCall('ecs', 'DeleteService', { service: 'reports' }),
  queryCall('elasticloadbalancing', 'CreateTargetGroup', { Name: 'reports' }),
  queryCall('elasticloadbalancing', 'DeleteTargetGroup', { TargetGroupArn: 'arn' }),
])('a deploy ends when its change is read: $operation', async (change) => {
  const { gateway, steps } = watched()
  await gateway.handle(change)
  await gateway.handle(restCall('s3', 'PUT', state, '{}'))
  expect(steps).toEqual([])
  await gateway.handle(unlock)
  expect(steps).toEqual(['reads', 'has read'])
  await gateway.handle(unlock)
  expect(steps).toHaveLength(2)
})

it('deploys that end together are read one after the other, each change once', async () => {
  const { watch, gateway, steps } = watched()
  const change = jsonCall('ecs', 'CreateService', { serviceName: 'reports' })
  await gateway.handle(change)
  const ends = [gateway.handle(unlock), gateway.handle(unlock)]
  while (steps.length === 0) await Promise.resolve()
  // The first reading may have missed it.
  watch.noteChange(change)
  await Promise.all(ends)
  expect(steps).toEqual(['reads', 'has read', 'reads', 'has read'])
})

it.each([
  jsonCall('ecs', 'UpdateService', { service: 'api' }),
  jsonCall('servicediscovery', 'CreateService', { Name: 'api' }),
  restCall('s3', 'PUT', `${state}.tflock`, '{}'),
])('other changes need no new simulation: $service $operation', async (change) => {
  const { gateway, steps } = watched()
  await gateway.handle(change)
  await gateway.handle(unlock)
  expect(steps).toEqual([])
})
