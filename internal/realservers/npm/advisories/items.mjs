// A server on the SDK in the folder that it is given, with the template of a path of ids.
const sdk = (file) => import(`${process.argv[2]}/dist/esm/server/${file}.js`);
const { McpServer, ResourceTemplate } = await sdk("mcp");
const { StdioServerTransport } = await sdk("stdio");

const server = new McpServer({ name: "items", version: "1.0.0" });
server.registerResource("items", new ResourceTemplate("items:{/id*}", { list: undefined }), {}, (uri) => ({
  contents: [{ uri: uri.href, text: "an item" }],
}));
await server.connect(new StdioServerTransport());
