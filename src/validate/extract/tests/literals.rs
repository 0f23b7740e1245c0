//! What code says in texts, in each language that has a table.

use super::*;

/// Compares the entries of a source text with one line each: role, kind, key, what is said.
#[track_caller]
fn check(language: Language, source: &str, expected: &[&str]) {
    let model = extract(language, source);
    let found: Vec<String> = model
        .entries
        .iter()
        .map(|entry| format!("{:?} {:?} {} {}", entry.role, entry.kind, entry.key, entry.detail))
        .map(|line| line.trim_end().to_owned())
        .collect();
    assert_eq!(found, expected);
}

#[test]
fn script() {
    check(
        Language::TypeScript,
        "app.get('/users/:id', auth, async (req, res) => {});\n\
         users.post('/', create);\nconst users = Router();\n\
         router.delete(`/teams/${id}`, (req) => req);\n\
         await fetch(`${API}/users/${id}`);\nawait fetch('/users', { method: 'POST', body });\n\
         await axios.get('https://teams.example.org/teams?x=1');\nconst r = await apiClient.put('/teams/' + id, data);\n\
         cache.get('/users');\nmap.get('users', () => 1);\n\
         socket.emit('doc:changed', 1); bus.on('doc:changed', go); io.to(room).emit(name);\n\
         const port = process.env.PORT ?? '3000'; const { X } = process.env; process.env['HOST'];\n\
         program.option('-p, --port <n>', 'the port');\n\
         db.query('SELECT email FROM users WHERE id = $1');\n",
        &[
            "Uses Route GET /users/{} floating",
            "Uses Route POST /users",
            "Uses Route GET /teams",
            "Uses Route PUT /teams/{} floating",
            "Uses Event doc:changed",
            "Provides Event doc:changed",
            "Uses Env PORT 3000",
            "Uses Env HOST",
            "Provides Flag --port",
            "Uses Table users",
            "Uses Column users.email",
            "Uses Column users.id",
            "Provides Route GET /users/{} app",
            "Provides Route DELETE /teams/{} router",
        ],
    );
    check(
        Language::TypeScript,
        "app.use('/users', users);\nusersRouter.post('/', create);\n\
         @Controller('docs')\nclass C { @Get(':id') one() {} @Post() add() {} }\n",
        &[
            "Provides Route POST / usersRouter",
            "Provides Route GET /docs/{} controller",
            "Provides Route POST /docs controller",
        ],
    );
}

#[test]
fn python() {
    check(
        Language::Python,
        "router = APIRouter(prefix='/users')\n\n@router.get('/{user_id}')\ndef one(user_id): ...\n\n\
         @app.route('/teams/<int:id>', methods=['POST', 'PUT'])\ndef team(id): ...\n\n\
         urlpatterns = [path('docs/<slug:s>/', view), path('x/', include('y'))]\n\
         requests.get(f'{BASE}/users/{i}')\nclient.post('/teams', json={})\ncache.get('/users')\n\
         os.environ['A']; os.environ.get('B', 'c'); os.getenv('D')\n\
         parser.add_argument('-v', '--verbose')\n\
         cur.execute('UPDATE teams SET name = %s WHERE id = %s')\n\
         sio.emit('joined', 1)\n@sio.on('joined')\ndef j(): ...\n",
        &[
            "Uses Route GET /users/{} floating",
            "Uses Route POST /teams floating",
            "Uses Env A",
            "Uses Env B c",
            "Uses Env D",
            "Provides Flag --verbose",
            "Writes Table teams",
            "Uses Column teams.name",
            "Uses Column teams.id",
            "Uses Event joined",
            "Provides Event joined",
            "Provides Route GET /users/{} router",
            "Provides Route POST /teams/{} app",
            "Provides Route PUT /teams/{} app",
            "Provides Route ANY /docs/{} urlpatterns",
        ],
    );
    check(
        Language::Python,
        "revision: str = 'b2'\ndown_revision = 'a1'\n\ndef upgrade():\n    revision = 'x'\n",
        &["Provides Migration b2 a1"],
    );
    check(
        Language::Python,
        "class Migration(migrations.Migration):\n    dependencies = [\n        ('shop', '0001_initial'),\n        ('auth', '0002_x'),\n    ]\n",
        &["Provides Migration  shop.0001_initial auth.0002_x"],
    );
}

#[test]
fn rust() {
    check(
        Language::Rust,
        "fn app() -> Router { Router::new().route(\"/users/:id\", get(one).delete(gone)).route(\"/x\", web::post().to(x)) }\n\
         #[get(\"/docs/{id}\")]\nasync fn doc() {}\n\
         struct Args { #[arg(short, long)] dry_run: bool, #[arg(long = \"name\")] n: String }\n\
         fn f() { env::var(\"HOME_DIR\"); env!(\"BUILD\"); client.get(format!(\"{}/users/{id}\", base)); map.get(\"/x\"); }\n\
         fn q() { sqlx::query!(\"DELETE FROM users WHERE id = $1\", id); }\n",
        &[
            "Provides Flag --dry-run",
            "Provides Flag --name",
            "Uses Env HOME_DIR",
            "Uses Env BUILD",
            "Uses Route GET /users/{} floating",
            "Writes Table users",
            "Uses Column users.id",
            "Provides Route POST /x route()",
            "Provides Route GET /users/{} new()",
            "Provides Route DELETE /users/{} new()",
            "Provides Route GET /docs/{} handlers",
        ],
    );
}

#[test]
fn go() {
    check(
        Language::Go,
        "package p\nfunc f() {\n\tapi := r.Group(\"/api\")\n\tapi.GET(\"/users/:id\", one)\n\tm.Get(\"/teams\", list)\n\
         \thttp.HandleFunc(\"DELETE /x/{id}\", del)\n\tmux.HandleFunc(\"/y\", y).Methods(\"POST\")\n\
         \thttp.Get(base + \"/users\")\n\thttp.NewRequest(http.MethodPut, fmt.Sprintf(\"%s/users/%d\", base, id), nil)\n\
         \tos.Getenv(\"PORT\")\n\tflag.String(\"name\", \"x\", \"\")\n\tcmd.Flags().StringVarP(&x, \"out\", \"o\", \"\", \"\")\n\
         \tdb.Exec(`INSERT INTO users (email) VALUES ($1)`)\n\tcache.Get(\"users\")\n}\n",
        &[
            "Uses Route GET /users floating",
            "Uses Route PUT /users/{} floating",
            "Uses Env PORT",
            "Provides Flag --name",
            "Provides Flag --out",
            "Writes Table users",
            "Uses Column users.email",
            "Provides Route GET /api/users/{} api",
            "Provides Route GET /teams m",
            "Provides Route DELETE /x/{} http",
            "Provides Route POST /y mux",
        ],
    );
}

#[test]
fn java() {
    check(
        Language::Java,
        "@RestController @RequestMapping(\"/users\") class C {\n\
         @GetMapping(\"/{id}\") User one() {}\n@PostMapping User add() {}\n\
         @RequestMapping(value = \"/all\", method = RequestMethod.PUT) void all() {}\n\
         void f() { restTemplate.getForObject(base + \"/teams/\" + id, T.class); webClient.post().uri(\"/teams\"); System.getenv(\"HOME\"); }\n}\n\
         @Path(\"docs\") class D { @GET @Path(\"{id}\") Doc one() {} }\n",
        &[
            "Uses Route GET /teams/{} floating",
            "Uses Route POST /teams floating",
            "Uses Env HOME",
            "Provides Route GET /users/{} controller",
            "Provides Route POST /users controller",
            "Provides Route PUT /users/all controller",
            "Provides Route GET /docs/{} controller",
        ],
    );
}
