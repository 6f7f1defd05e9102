//! Many-to-many relations with several join rows between the same two rows: the related row appears once.

use resourceful::prelude::*;
use resourceful::sea_orm::ColumnTrait;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Caller, TestApp, TestDatabase};

use crate::support::{column, created, ok};

#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(sort = "title", many_to_many(songs: Song, through = Entry))]
pub struct Playlist {
    pub id: i32,
    #[resource(filter, sort)]
    pub title: String,
}

#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(sort = "title", many_to_many(playlists: Playlist, through = Entry), many_to_many(covers: Song, through = Cover, from = original_id, to = cover_id))]
pub struct Song {
    pub id: i32,
    #[resource(filter, sort)]
    pub title: String,
}

/// A song's place in a playlist; a song may be played again.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy)]
pub struct Entry {
    pub id: i32,
    #[resource(belongs_to(playlist: Playlist))]
    pub playlist_id: i32,
    #[resource(belongs_to(song: Song))]
    pub song_id: i32,
    #[resource(default = false)]
    pub is_hidden: bool,
}

impl Policy for Entry {
    fn rows(_user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        match operation.is_write() {
            true => Rows::all(),
            false => Rows::when("shown", entry::Column::IsHidden.eq(false)),
        }
    }
}

/// A cover version of another song.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Cover {
    pub id: i32,
    #[resource(belongs_to(original: Song))]
    pub original_id: i32,
    #[resource(belongs_to(cover: Song))]
    pub cover_id: i32,
}

fn number(row: &Value) -> i64 {
    row["id"].as_i64().expect("a number")
}

fn ada(app: &TestApp) -> Caller<'_> {
    let kinds = |name: &str| ["read", "write"].map(|kind| format!("{name}:{kind}"));
    let all = ["playlists", "songs", "entries", "covers"].map(kinds).concat();
    app.as_user(CurrentUser::new("auth0|ada").with_permissions(all))
}

#[test]
fn rows_joined_several_times_are_shown_once() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| {
            app.resource::<Playlist>().resource::<Song>().resource::<Entry>().resource::<Cover>()
        });
        let ada = ada(&app);
        let post = |path: &str, rows: Value| -> Vec<i64> {
            let rows = created(ada.post(&format!("/api/v1/{path}/bulk"), rows));
            rows.as_array().expect("rows").iter().map(number).collect()
        };
        let lists = post("playlists", json!([{"title": "again"}, {"title": "many"}, {"title": "none"}]));
        let songs = post("songs", (0..100).map(|at| json!({"title": format!("{at:03}")})).collect());
        let more = post("songs", json!([{"title": "100"}]));
        let entry = |list: i64, song: i64| json!({"playlistId": list, "songId": song});
        // The first song 101 times, the second three times, the third once, the fourth only in hidden rows.
        post("entries", vec![entry(lists[0], songs[0]); 100].into());
        let mut few = vec![entry(lists[0], songs[0]), entry(lists[0], songs[2])];
        few.extend(vec![entry(lists[0], songs[1]); 3]);
        few.push(json!({"playlistId": lists[0], "songId": songs[3], "isHidden": true}));
        post("entries", few.into());
        // A hundred and one songs, each twice.
        for _ in 0..2 {
            post("entries", songs.iter().map(|&song| entry(lists[1], song)).collect());
            post("entries", json!([entry(lists[1], more[0])]));
        }
        let cover = |of: usize, by: usize| json!({"originalId": songs[of], "coverId": songs[by]});
        post("covers", json!([cover(0, 1), cover(0, 1), cover(1, 0), cover(0, 0), cover(0, 0)]));

        let titles = |related: &Value| column(related, "title");
        let before = app.ctx().statements();
        let page = ok(ada.get("/api/v1/playlists?include=songs&count=none"));
        assert_eq!(app.ctx().statements() - before, 2, "one statement for the rows and one for the relation");
        assert_eq!(
            page["items"][0]["songs"],
            json!({"items": [
            {"id": songs[0], "title": "000"}, {"id": songs[1], "title": "001"}, {"id": songs[2], "title": "002"}
        ], "more": false})
        );
        let hundred: Vec<Value> = (0..100).map(|at| json!(format!("{at:03}"))).collect();
        assert_eq!(titles(&page["items"][1]["songs"]), hundred);
        assert_eq!(page["items"][1]["songs"]["more"], true, "there is one more song");
        assert_eq!(page["items"][2]["songs"], json!({"items": [], "more": false}));
        let search = ok(ada.post("/api/v1/playlists/search", json!({"include": ["songs"], "count": "none"})));
        assert_eq!(search["items"], page["items"]);
        let one = ok(ada.get(&format!("/api/v1/playlists/{}?include=songs", lists[0])));
        assert_eq!(one["songs"], page["items"][0]["songs"]);

        let back = ok(ada.get("/api/v1/songs?include=playlists,covers,playlists.songs&size=2"));
        assert_eq!(titles(&back["items"][0]["playlists"]), ["again", "many"]);
        assert_eq!(titles(&back["items"][0]["covers"]), ["000", "001"], "a resource joined with itself");
        assert_eq!(titles(&back["items"][1]["covers"]), ["000"]);
        assert_eq!(titles(&back["items"][1]["playlists"]["items"][0]["songs"]), ["000", "001", "002"]);

        // Filters on related rows find each row once.
        for (query, total) in
            [("songs.title=000", 2), ("songs.title[ne]=000", 2), ("songs.title=003", 1), ("songs.title=x", 0)]
        {
            assert_eq!(ok(ada.get(&format!("/api/v1/playlists/count?{query}")))["total"], total, "{query}");
        }

        let loaded = app.block_on(async {
            let lists = playlist::Service::as_system(app.ctx());
            let rows = lists.list(Query::new().without_total()).await?.items;
            lists.load_related(rows, playlist::relations::SONGS).await
        });
        let loaded: Vec<usize> = loaded.expect("rows").iter().map(|(_, songs)| songs.len()).collect();
        assert_eq!(loaded, [4, 101, 0], "typed code gets each row once, and all of them");
    }
}
