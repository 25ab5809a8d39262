/** The location of all simulated resources, also for clients of another region. */
export const region = 'us-east-1'
export const accountId = '123456789012'
