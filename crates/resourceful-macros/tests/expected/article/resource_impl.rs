#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::Resource for Article {
    type Id = article::Id;
    type Create = article::Create;
    type Update = article::Update;
    type Patch = article::Patch;
    const TABLE: &'static ::resourceful::__private::ResourceTable = &::resourceful::__private::ResourceTable {
        spec: &article::SPEC,
        fields: &[
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::None,
                checks: &[],
            },
            ::resourceful::__private::FieldFns {
                default: ::core::option::Option::None,
                checks: &[
                    |__value| ::resourceful::__private::run_check::<
                        __ResourceArticle_text,
                        _,
                    >(__value, polite),
                ],
            },
        ],
        relations: &[],
        model: ::resourceful::__private::model_of::<Self>,
        computed: &[
            |__model| ::resourceful::__private::compute::<
                Self,
                _,
            >(__model, &article::__COMPUTED_is_late, Self::is_late),
            |__model| ::resourceful::__private::compute::<
                Self,
                _,
            >(__model, &article::__COMPUTED_label, Self::label),
            |__model| ::resourceful::__private::compute::<
                Self,
                _,
            >(__model, &article::__COMPUTED_margin, Self::margin),
        ],
        checks: &[
            |__model| ::resourceful::__private::run_model_check::<
                Self,
                _,
            >(__model, dates_in_order),
        ],
        policy: ::core::option::Option::Some(
            ::resourceful::__private::policy_of::<Self>,
        ),
        hooks: ::core::option::Option::Some(::resourceful::__private::hooks_of::<Self>()),
    };
}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::HasPolicy for Article {}
#[automatically_derived]
#[diagnostic::do_not_recommend]
impl ::resourceful::__private::HasHooks for Article {}
