import pg from 'pg';

const insufficientPrivilege = '42501';

/** One login of a service, for many questions. */
export class AsService {
  private constructor(private readonly client: pg.Client) {}

  static async at(url: string): Promise<AsService> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return new AsService(client);
  }

  /** Whether the database refuses the statement for want of rights; any other error is thrown. */
  async isRefused(statement: string): Promise<boolean> {
    try {
      await this.client.query(statement);
      return false;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === insufficientPrivilege) {
        return true;
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}
