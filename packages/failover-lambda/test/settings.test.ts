import { readSettings, type VariableName, variables } from '../src/settings'

const required = {
  TABLE_NAME: 'pairs',
  QUEUE_URL: 'https://sqs/1/reconcile',
  CLUSTERS: 'main other',
}

describe('the environment variables', () => {
  it('have defaults, also where they are empty', () => {
    const settings = readSettings(required)
    expect(settings).toMatchObject({ clusters: ['main', 'other'], topicArn: '', graceSeconds: 30 })
    expect([...settings.spotProviders]).toEqual(['FARGATE_SPOT'])
    expect([...settings.spotGroups]).toEqual([])
    expect(readSettings({ ...required, SPOT_PROVIDERS: '', CALLS_BURST: '' })).toEqual(settings)
  })

  it('are read', () => {
    const { callsPerSecond, writesPerSecond, spotGroups } = readSettings({
      ...required,
      CALLS_PER_SECOND: '7.5',
      WRITES_PER_SECOND: '2.5',
      SPOT_GROUPS: 'one=first two=second',
    })
    expect([callsPerSecond, writesPerSecond]).toEqual([7.5, 2.5])
    expect([...spotGroups]).toEqual([
      ['one', 'first'],
      ['two', 'second'],
    ])
  })

  it('that are missing are reported together, each with its description', () => {
    const names = Object.keys(variables) as VariableName[]
    const missing = names.filter((name) => variables[name].default === undefined)
    expect(missing).toEqual(Object.keys(required))
    for (const name of missing) {
      expect(() => readSettings({})).toThrow(`${name}: must be set: `)
    }
  })

  it.each([
    ['GRACE_SECONDS', 'soon', 'must be a number above 0; got soon'],
    ['WRITES_PER_SECOND', '-1', 'must be a number above 0; got -1'],
    ['CALLS_BURST', '0', 'must be a number above 0; got 0'],
    ['SPOT_GROUPS', 'one', 'must be of the form group=provider; got one'],
    ['CLUSTERS', '', 'must be set'],
  ])('that are invalid are rejected (%s=%s)', (name, value, problem) => {
    expect(() => readSettings({ ...required, [name]: value })).toThrow(`${name}: ${problem}`)
  })
})
