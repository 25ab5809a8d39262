import { Fis } from '../src/patches/fis'
import { responseJson, restCall } from './requests'

const group = 'shop-spot'
const alarm = 'arn:aws:cloudwatch:us-east-1:123456789012:alarm:shop-dead'
const template = {
  clientToken: 'terraform-1',
  description: 'one instance',
  roleArn: 'arn:aws:iam::123456789012:role/fis',
  targets: {
    all: {
      resourceType: 'aws:ec2:spot-instance',
      selectionMode: 'COUNT(2)',
      resourceTags: { 'aws:autoscaling:groupName': group },
    },
  },
  actions: {
    interrupt: {
      actionId: 'aws:ec2:send-spot-instance-interruptions',
      parameters: { durationBeforeInterruption: 'PT2M' },
      targets: { SpotInstances: 'all' },
    },
  },
  stopConditions: [{ source: 'aws:cloudwatch:alarm', value: alarm }],
  experimentOptions: { emptyTargetResolutionMode: 'skip' },
  tags: { owner: 'shop' },
}

interface Found {
  readonly experimentTemplate: { readonly id: string; readonly arn: string }
}

async function created() {
  const fis = new Fis()
  const interrupted: unknown[] = []
  fis.onInterrupt = (...args) => {
    interrupted.push(args)
    return []
  }
  const call = <Output = object>(method: string, path: string, input?: object) =>
    responseJson<Output>(
      fis,
      restCall('fis', method, path, input === undefined ? '' : JSON.stringify(input)),
    )
  const { experimentTemplate } = await call<Found>('POST', '/experimentTemplates', template)
  return { fis, interrupted, call, ...experimentTemplate }
}

describe('the fault injection service', () => {
  it('returns a template as it was written, changes it, and forgets it', async () => {
    const { fis, call, id, arn } = await created()
    const { clientToken: _, ...written } = template
    const path = `/experimentTemplates/${id}`
    expect(await call('GET', path)).toMatchObject({ experimentTemplate: { id, ...written } })
    await call('PATCH', path, { description: 'two instances' })
    await call('POST', `/tags/${encodeURIComponent(arn)}`, { tags: { team: 'a' } })
    await call('DELETE', `/tags/${encodeURIComponent(arn)}?tagKeys=owner`)
    expect(await call('GET', path)).toMatchObject({
      experimentTemplate: {
        description: 'two instances',
        actions: written.actions,
        tags: { team: 'a' },
      },
    })
    expect(fis.resourceIds()).toEqual([id])
    await call('DELETE', path)
    expect(fis.resourceIds()).toEqual([])
    const { status } = await fis.handle(restCall('fis', 'GET', path))
    expect(status).toBe(404)
  })

  it('interrupts as many instances of the group as the template selects, once for each token', async () => {
    const { call, interrupted, id } = await created()
    const input = { clientToken: 'one', experimentTemplateId: id, tags: { by: 'alice' } }
    const first = await call('POST', '/experiments', input)
    expect(await call('POST', '/experiments', input)).toEqual(first)
    expect(first).toMatchObject({ experiment: { state: { status: 'completed' } } })
    expect(interrupted).toEqual([[group, 2]])
    expect(await call('GET', '/experiments')).toMatchObject({
      experiments: [{ experimentTemplateId: id, tags: { by: 'alice' } }],
    })
  })

  it('does not start while an alarm of a stop condition is on', async () => {
    const { fis, call, interrupted, id } = await created()
    fis.alarmsOn = () => ['shop-dead']
    const input = { clientToken: 'one', experimentTemplateId: id }
    expect(await call('POST', '/experiments', input)).toMatchObject({
      experiment: { state: { status: 'stopped' } },
    })
    expect(interrupted).toEqual([])
  })
})
